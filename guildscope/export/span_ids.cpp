#include "guildscope/export/span_ids.hpp"

#include <pthread.h>
#include <sys/random.h>
#include <time.h>

#include <atomic>
#include <bit>
#include <cstring>

namespace guildscope::exporting {
namespace {

/// Changes when the process was forked: then every generator is a copy of its parent's.
constinit std::atomic<std::uint32_t> process_generation{1};

struct Generator {
  std::uint64_t state[4];
  std::uint32_t generation;  ///< 0: has no seed yet.
};
constinit thread_local Generator generator{};

// When the kernel has no entropy (before it has booted), the clock and the address of the thread's memory must do.
void Seed(Generator& g) noexcept {
  static const bool watches_forks = [] {
    return pthread_atfork(nullptr, nullptr, [] { process_generation.fetch_add(1, std::memory_order_relaxed); }) == 0;
  }();
  (void)watches_forks;
  if (getrandom(g.state, sizeof g.state, 0) != static_cast<ssize_t>(sizeof g.state)) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const auto time = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
    g.state[0] ^= time;
    g.state[1] ^= reinterpret_cast<std::uintptr_t>(&g);
    g.state[2] ^= 0x9E37'79B9'7F4A'7C15;
  }
  g.generation = process_generation.load(std::memory_order_relaxed);
}

Generator& Seeded() noexcept {
  Generator& g = generator;
  if (g.generation != process_generation.load(std::memory_order_relaxed)) Seed(g);
  return g;
}

inline std::uint64_t Next(Generator& g) noexcept {
  auto& s = g.state;
  const std::uint64_t result = std::rotl(s[0] + s[3], 23) + s[0];
  const std::uint64_t shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = std::rotl(s[3], 45);
  return result;
}

inline std::uint64_t NextNotZero(Generator& g) noexcept {
  while (true) {
    if (const std::uint64_t value = Next(g); value != 0) return value;
  }
}

}  // namespace

TraceIdBytes NewTraceId() noexcept {
  Generator& g = Seeded();
  return std::bit_cast<TraceIdBytes>(std::array<std::uint64_t, 2>{NextNotZero(g), Next(g)});
}

SpanIdBytes NewSpanId() noexcept { return std::bit_cast<SpanIdBytes>(NextNotZero(Seeded())); }

}  // namespace guildscope::exporting
