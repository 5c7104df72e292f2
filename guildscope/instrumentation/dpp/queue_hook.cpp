#include <dpp/cluster.h>
#include <dpp/queues.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "guildscope/base/next_symbol.hpp"
#include "guildscope/instrumentation/dpp/hooks.hpp"

// D++ 10.1.6 delivers a queue's requests on whichever thread posts one, and on its timer. Two of them at once both see a
// request that the first is just sending: it is sent twice, and its client is freed while the event loop still uses it.
// Half a dozen slash commands in the same second are enough for that. One thread at a time per queue mends it.
namespace guildscope::dpp {
namespace {

constexpr const char* kDeliver = "_ZN3dpp25request_concurrency_queue25tick_and_deliver_requestsEj";

/// Queues are few (a handful a cluster) and two that share a mutex only wait a little longer.
std::mutex& MutexOf(const void* queue) {
  static std::array<std::mutex, 64> mutexes;
  return mutexes[(reinterpret_cast<std::uintptr_t>(queue) / alignof(std::max_align_t)) % mutexes.size()];
}

thread_local bool delivering = false;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

}  // namespace

std::span<const Hook> QueueHooks() noexcept {
  static constexpr std::array<Hook, 1> kHooks{
      {{kDeliver, "nothing is missing, but D++ may send a request twice when two threads post at once"}}};
  return kHooks;
}

}  // namespace guildscope::dpp

namespace dpp {

[[gnu::weak]] void request_concurrency_queue::tick_and_deliver_requests(std::uint32_t index) {
  using Deliver = void (*)(request_concurrency_queue*, std::uint32_t);
  static const auto next = guildscope::NextSymbol<Deliver>(guildscope::dpp::kDeliver);
  // A log handler that posts a request while one is being sent: the queue's timer delivers it within a second.
  if (guildscope::dpp::delivering) return;
  const std::lock_guard lock(guildscope::dpp::MutexOf(this));
  guildscope::dpp::delivering = true;
  next(this, index);
  guildscope::dpp::delivering = false;
}

}  // namespace dpp
