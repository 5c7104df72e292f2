#include "guildscope/base/fast_clock.hpp"

#include <algorithm>
#include <fstream>
#include <string>

namespace guildscope {
namespace {

using std::chrono::nanoseconds;

std::int64_t Steady() noexcept { return nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count(); }
std::int64_t Wall() noexcept { return nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count(); }

#ifdef __x86_64__
std::uint64_t Ticks() noexcept { return __rdtsc(); }

/// The kernel makes it its clock source when it counts at one rate whatever the processor does, sleeps included, and
/// shows the same on all processors; and stops using it when that turns out wrong.
bool CounterIsTrusted() noexcept {
  try {
    std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    std::string source;
    return std::getline(file, source) && source == "tsc";
  } catch (...) {
    return false;
  }
}
#else
std::uint64_t Ticks() noexcept { return 0; }
bool CounterIsTrusted() noexcept { return false; }
#endif

bool Trusted() noexcept {
  static const bool trusted = CounterIsTrusted();
  return trusted;
}

constinit ticks::Rate rate;

/// The clocks are read one after the other. A thread that is sent away between them would take the time that it was
/// away for a distance; so whatever took long is tried again, and the best is taken.
ticks::Reading Read() noexcept {
  constexpr std::uint64_t kUndisturbed = 1'500;  // ticks; half a microsecond
  constexpr int kAttempts = 5;
  ticks::Reading best{};
  std::uint64_t least = UINT64_MAX;
  for (int i = 0; i < kAttempts && least > kUndisturbed; ++i) {
    const std::uint64_t before = Ticks();
    const std::int64_t steady = Steady();
    const std::int64_t wall = Wall();
    const std::uint64_t took = Ticks() - before;
    if (took >= least) continue;
    least = took;
    best = {.ticks = before + took / 2, .within = took, .steady = steady, .wall = wall};
  }
  return best;
}

/// On a machine whose counter is not trusted it is the distance between the clocks alone that is of use.
void Renew() noexcept {
  const ticks::Reading now = Read();
  if (Trusted()) rate.Learn(now);
  ticks::anchor = ticks::Anchor(now, rate.get());
}

class TickingClock final : public Clock {
 public:
  std::chrono::system_clock::time_point Now() const noexcept override { return WallTimeAt(FastSteadyNow()); }
  std::chrono::steady_clock::time_point SteadyNow() const noexcept override { return FastSteadyNow(); }
};

}  // namespace

std::int64_t ticks::ReadSteady() noexcept {
  if (!Trusted()) return Steady();
  Renew();
  return anchor.steady();
}

std::chrono::system_clock::time_point WallTimeAt(std::chrono::steady_clock::time_point now) noexcept {
  const std::int64_t steady = nanoseconds(now.time_since_epoch()).count();
  if (steady - ticks::anchor.steady() > ticks::kGoodFor) Renew();
  return std::chrono::system_clock::time_point(nanoseconds(steady + ticks::anchor.wall_ahead()));
}

const Clock& FastClock() noexcept {
  static const TickingClock clock;
  return clock;
}

}  // namespace guildscope
