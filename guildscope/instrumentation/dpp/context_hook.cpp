#include <dpp/cluster.h>

#include <array>
#include <functional>
#include <memory>
#include <utility>

#include "guildscope/base/next_symbol.hpp"
#include "guildscope/instrumentation/dpp/carry_context.hpp"
#include "guildscope/instrumentation/dpp/cluster_state.hpp"
#include "guildscope/instrumentation/dpp/hooks.hpp"
#include "guildscope/tracing/context.hpp"

namespace guildscope::dpp {
namespace {

constexpr const char* kQueueWork = "_ZN3dpp7cluster10queue_workEiSt8functionIFvvEE";
constexpr const char* kStartTimer = "_ZN3dpp7cluster11start_timerESt8functionIFvmEEmS3_";

thread_local bool carry_paused = false;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

bool HasContextToCarry() { return !carry_paused && !Clusters::Instance().empty() && tracing::CurrentSpan().valid(); }

::dpp::work_unit Carry(::dpp::work_unit work) {
  return [context = tracing::Context::Current(), work = std::move(work)] {
    const tracing::ContextScope scope(context);
    work();
  };
}

/// The first tick belongs to whoever started the timer: that is all of a sleep or a one-shot timer. What a repeating
/// timer does later is no part of a command that ended long ago. D++ copies its timers, hence the shared state.
::dpp::timer_callback_t CarryToFirstTick(::dpp::timer_callback_t tick) {
  struct Shared {
    tracing::Context context;
    ::dpp::timer_callback_t tick;
    bool first = true;
  };
  auto shared = std::make_shared<Shared>(Shared{tracing::Context::Current(), std::move(tick)});
  return [shared = std::move(shared)](::dpp::timer timer) {
    if (!std::exchange(shared->first, false)) return shared->tick(timer);
    const tracing::ContextScope scope(std::exchange(shared->context, tracing::Context()));
    shared->tick(timer);
  };
}

}  // namespace

CarryPause::CarryPause() noexcept : before_(std::exchange(carry_paused, true)) {}
CarryPause::~CarryPause() { carry_paused = before_; }

std::span<const Hook> ContextHooks() noexcept {
  static constexpr std::array<Hook, 2> kHooks{{{kQueueWork, "the trace in work that is given to cluster::queue_work"},
                                               {kStartTimer, "the trace after co_sleep and in timers"}}};
  return kHooks;
}

}  // namespace guildscope::dpp

namespace dpp {

[[gnu::weak]] void cluster::queue_work(int priority, work_unit task) {
  using QueueWork = void (*)(cluster*, int, work_unit);
  static const auto next = guildscope::NextSymbol<QueueWork>(guildscope::dpp::kQueueWork);
  if (guildscope::dpp::HasContextToCarry()) task = guildscope::dpp::Carry(std::move(task));
  next(this, priority, std::move(task));
}

[[gnu::weak]] timer cluster::start_timer(timer_callback_t on_tick, uint64_t frequency, timer_callback_t on_stop) {
  using StartTimer = timer (*)(cluster*, timer_callback_t, uint64_t, timer_callback_t);
  static const auto next = guildscope::NextSymbol<StartTimer>(guildscope::dpp::kStartTimer);
  if (on_tick && guildscope::dpp::HasContextToCarry()) on_tick = guildscope::dpp::CarryToFirstTick(std::move(on_tick));
  return next(this, std::move(on_tick), frequency, std::move(on_stop));
}

}  // namespace dpp
