#include "guildscope/base/clock.hpp"

namespace guildscope {
namespace {

class MachineClock final : public Clock {
 public:
  std::chrono::system_clock::time_point Now() const noexcept override { return std::chrono::system_clock::now(); }
  std::chrono::steady_clock::time_point SteadyNow() const noexcept override { return std::chrono::steady_clock::now(); }
};

}  // namespace

const Clock& RealClock() noexcept {
  static const MachineClock clock;
  return clock;
}

}  // namespace guildscope
