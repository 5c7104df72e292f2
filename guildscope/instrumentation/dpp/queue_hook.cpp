#include <dpp/cluster.h>
#include <dpp/queues.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>

#include "guildscope/base/next_symbol.hpp"
#include "guildscope/instrumentation/dpp/hooks.hpp"

// D++ 10.1.6 delivers a queue's requests on whichever thread posts one, and on its timer. Two of them at once both see
// a request that the first is just sending: it is sent twice, and its client is freed while the event loop still uses
// it. Half a dozen slash commands in the same second are enough for that. One thread at a time per queue mends it, and
// keeps one request one span.
namespace guildscope::dpp {
namespace {

constexpr const char* kDeliver = "_ZN3dpp25request_concurrency_queue25tick_and_deliver_requestsEj";

/// How often delivery was asked for since nobody was at it. By queue, and never removed: twenty a cluster, and one that
/// ended leaves a zero behind, which is right for the next at its address.
std::atomic<std::size_t>& DemandOf(const void* queue) {
  static std::mutex mutex;
  static auto* const demands = new std::map<const void*, std::atomic<std::size_t>>;  // bots may outlive static objects
  const std::lock_guard lock(mutex);
  return (*demands)[queue];
}

/// Runs `deliver` on this thread, or leaves it to the thread that is at it: that one runs it again before it goes, so
/// nobody waits, whatever a connection takes.
template <typename Deliver>
void DeliverOneAtATime(std::atomic<std::size_t>& demand, Deliver deliver) {
  if (demand.fetch_add(1) != 0) return;
  std::size_t served = 0;
  do {
    served = demand;
    try {
      deliver();
    } catch (...) {
      demand = 0;
      throw;
    }
  } while (!demand.compare_exchange_strong(served, 0));
}

}  // namespace

std::span<const Hook> QueueHooks() noexcept {
  static constexpr std::array<Hook, 1> kHooks{
      {{kDeliver, "nothing, but D++ may send a request twice when two threads post at once"}}};
  return kHooks;
}

}  // namespace guildscope::dpp

namespace dpp {

[[gnu::weak]] void request_concurrency_queue::tick_and_deliver_requests(std::uint32_t index) {
  using Deliver = void (*)(request_concurrency_queue*, std::uint32_t);
  static const auto next = guildscope::NextSymbol<Deliver>(guildscope::dpp::kDeliver);
  guildscope::dpp::DeliverOneAtATime(guildscope::dpp::DemandOf(this), [&] { next(this, index); });
}

}  // namespace dpp
