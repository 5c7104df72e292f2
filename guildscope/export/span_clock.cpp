#include "guildscope/export/span_clock.hpp"

namespace guildscope::exporting {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr nanoseconds kGoodFor{10'000'000};

struct Distance {
  nanoseconds measured_at{-kGoodFor.count() - 1};  ///< On the steady clock.
  nanoseconds wall_ahead{0};
};
constinit thread_local Distance distance{};

// A thread that is sent away between the readings would take the time that it was away for a distance.
void Measure() noexcept {
  constexpr nanoseconds kUndisturbed{1'000};
  constexpr int kAttempts = 5;
  nanoseconds best = nanoseconds::max();
  for (int i = 0; i < kAttempts && best > kUndisturbed; ++i) {
    const nanoseconds before = Steady::now().time_since_epoch();
    const nanoseconds wall = std::chrono::system_clock::now().time_since_epoch();
    const nanoseconds after = Steady::now().time_since_epoch();
    if (after - before >= best) continue;
    best = after - before;
    distance = {.measured_at = after, .wall_ahead = wall - (before + best / 2)};
  }
}

}  // namespace

std::uint64_t WallTimeAt(Steady::time_point now) noexcept {
  const nanoseconds steady = now.time_since_epoch();
  if (steady - distance.measured_at > kGoodFor) Measure();
  return static_cast<std::uint64_t>((steady + distance.wall_ahead).count());
}

}  // namespace guildscope::exporting
