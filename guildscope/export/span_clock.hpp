#pragma once

#include <chrono>
#include <cstdint>

namespace guildscope::exporting {

/// What the wall clock shows at a moment of the steady clock, in nanoseconds since 1970, without a reading of its own:
/// the distance between the two is measured anew every 10 ms. So it is right to some ten nanoseconds, and 10 ms late in
/// noticing that the wall clock was set.
///
/// Cost: 1 ns; three readings of a clock, 70 ns, every 10 ms on each thread. Threads: any.
[[nodiscard]] std::uint64_t WallTimeAt(std::chrono::steady_clock::time_point now) noexcept;

}  // namespace guildscope::exporting
