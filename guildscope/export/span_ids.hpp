#pragma once

#include <array>
#include <cstdint>

namespace guildscope::exporting {

using TraceIdBytes = std::array<std::uint8_t, 16>;
using SpanIdBytes = std::array<std::uint8_t, 8>;

/// Random ids, never all zero, from a generator of the thread's own (xoshiro256++ of D. Blackman and S. Vigna) whose
/// seed the kernel gave. A process that was forked draws a new seed, so the two do not repeat each other. Not for
/// secrets: who sees a few ids can tell the next.
///
/// Cost: 2 ns. Threads: any.
[[nodiscard]] TraceIdBytes NewTraceId() noexcept;
[[nodiscard]] SpanIdBytes NewSpanId() noexcept;

}  // namespace guildscope::exporting
