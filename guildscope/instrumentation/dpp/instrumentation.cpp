#include "guildscope/instrumentation/dpp/instrumentation.hpp"

#include <dpp/cluster.h>
#include <dpp/version.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "guildscope/instrumentation/dpp/cluster_state.hpp"
#include "guildscope/instrumentation/dpp/library_symbols.hpp"
#include "guildscope/instrumentation/dpp/log_bridge.hpp"

namespace guildscope::dpp {
namespace {

/// Says in the log what will be missing, when anything will be.
void ReportHooks(const logging::Logger& logger) {
  const auto hooks = AllHooks();
  std::size_t live = 0;
  for (const Hook& hook : hooks) {
    if (IsLive(hook)) {
      ++live;
    } else {
      logger.Error("D++ cannot be observed at {}; missing from the telemetry: {}", hook.symbol, hook.provides);
    }
  }
  if (live == hooks.size()) {
    logger.Info("{} is instrumented: all {} hooks are live", DPP_VERSION_TEXT, live);
  } else {
    logger.Error(
        "{} of {} hooks into D++ are live. D++ must be a shared library (libdpp.so), built without -Bsymbolic, and the "
        "program must not hide guildscope's symbols",
        live, hooks.size());
  }
}

/// Tells the probes which shards there are, in all clusters of this process that share its health.
void ReportShards(ClusterState& state) {
  auto registration =
      std::make_shared<health::ShardRegistration>(state.sinks().health.SetShardSource([health = &state.sinks().health] {
        std::vector<health::ShardState> shards;
        for (const auto& cluster : Clusters::Instance().All()) {
          if (&cluster->sinks().health != health) continue;
          const auto own = cluster->shards().States();
          shards.insert(shards.end(), own.begin(), own.end());
        }
        return shards;
      }));
  state.OnClose([registration] { *registration = health::ShardRegistration(); });
}

// A cluster's thread pool is private, and nothing tells how much it has queued. An explicit instantiation may name a
// private member; if D++ renames it, this does not compile.
::dpp::thread_pool* PoolOf(const ::dpp::cluster& bot);
template <auto kPool>
struct PoolAccess {
  friend ::dpp::thread_pool* PoolOf(const ::dpp::cluster& bot) { return (bot.*kPool).get(); }
};
template struct PoolAccess<&::dpp::cluster::pool>;

/// Tells system.goroutines what waits for a thread of the cluster's pool.
void ReportQueuedWork(const ::dpp::cluster& bot, ClusterState& state) {
  ::dpp::thread_pool* const pool = PoolOf(bot);
  if (pool == nullptr) return;
  state.CountQueuedWork([pool] {
    const std::lock_guard lock(pool->queue_mutex);
    return pool->tasks.size();
  });
}

}  // namespace

Instrumentation::Instrumentation(std::shared_ptr<ClusterState> state) noexcept : state_(std::move(state)) {}

Instrumentation& Instrumentation::operator=(Instrumentation&& other) noexcept {
  // The one that was held ends with `ended`.
  const Instrumentation ended(std::exchange(state_, std::exchange(other.state_, nullptr)));
  return *this;
}

Instrumentation::~Instrumentation() {
  if (!state_) return;
  Clusters::Instance().Remove(state_.get());
  state_->Close();
}

Instrumentation Instrument(::dpp::cluster& bot, Telemetry& telemetry) {
  auto state = std::make_shared<ClusterState>(
      Sinks{.metrics = telemetry.metrics(),
            .tracer = telemetry.tracer(),
            .redactor = telemetry.redactor(),
            .health = telemetry.health(),
            .clock = telemetry.clock(),
            .inject_traceparent = std::ranges::count(telemetry.options().propagators, "tracecontext") != 0});
  Clusters::Instance().Add(&bot, state);
  Instrumentation handle(state);
  telemetry.redactor().AddSecret(bot.token);
  ReportShards(*state);
  ReportQueuedWork(bot, *state);
  BridgeLog(bot, state, telemetry.logging().GetThirdParty("dpp"));
  ReportHooks(telemetry.logger("guildscope"));
  return handle;
}

}  // namespace guildscope::dpp
