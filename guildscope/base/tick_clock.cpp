#include "guildscope/base/tick_clock.hpp"

#include <cmath>

namespace guildscope::ticks {
namespace {

constexpr std::int64_t kFirst = kGoodFor;
constexpr std::int64_t kAgain = 1'000'000'000;
constexpr std::uint64_t kPrecision = 10'000;

/// No counter of a processor counts more slowly, or faster: 100 MHz and 10 GHz.
constexpr double kOne = 4'294'967'296.0;  // Rate's nanosecond
constexpr double kLongestTick = 10 * kOne;
constexpr double kShortestTick = 0.1 * kOne;

/// A clock that is being corrected runs at most 0.05 % too fast or too slowly (adjtimex); a counter that differs by
/// more from one second to the next is another one, or was set.
bool Agree(double before, double now) noexcept { return before == 0 || std::abs(before - now) < before / 1'000; }

}  // namespace

void Rate::Learn(const Reading& now) noexcept {
  if (learning_.exchange(true, std::memory_order_acquire)) return;
  const std::uint64_t before = get();
  const std::int64_t passed = now.steady - first_.steady;
  const std::uint64_t ticks = now.ticks - first_.ticks;
  if (!has_first_) {
    has_first_ = true;
    first_ = now;
  } else if (passed >= (before == 0 ? kFirst : kAgain) && (now.within + first_.within) * kPrecision <= ticks) {
    const double rate = static_cast<double>(passed) / static_cast<double>(ticks) * kOne;
    const bool plausible = rate >= kShortestTick && rate <= kLongestTick && Agree(static_cast<double>(before), rate);
    rate_.store(plausible ? static_cast<std::uint64_t>(rate) : 0, std::memory_order_relaxed);
    first_ = now;
  }
  learning_.store(false, std::memory_order_release);
}

Anchor::Anchor(const Reading& reading, std::uint64_t rate) noexcept
    : ticks_(reading.ticks),
      good_for_(rate == 0 ? 0 : (static_cast<std::uint64_t>(kGoodFor) << 32) / rate),
      rate_(rate),
      steady_(reading.steady),
      wall_ahead_(reading.wall - reading.steady) {}

}  // namespace guildscope::ticks
