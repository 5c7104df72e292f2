#include <dpp/cluster.h>
#include <dpp/queues.h>

#include <array>
#include <optional>

#include "guildscope/base/next_symbol.hpp"
#include "guildscope/instrumentation/dpp/carry_context.hpp"
#include "guildscope/instrumentation/dpp/cluster_state.hpp"
#include "guildscope/instrumentation/dpp/hooks.hpp"

namespace guildscope::dpp {
namespace {

constexpr const char* kPost =
    "_ZN3dpp13request_queue12post_requestESt10unique_ptrINS_12http_requestESt14default_deleteIS2_EE";
constexpr const char* kRun = "_ZN3dpp12http_request3runEPNS_25request_concurrency_queueEPNS_7clusterE";
constexpr const char* kComplete = "_ZN3dpp12http_request8completeERKNS_25http_request_completion_tE";

/// A request does not say whose it is, so every instrumented cluster (one or two) is asked.
std::optional<tracing::Context> Completed(const ::dpp::http_request& request,
                                          const ::dpp::http_request_completion_t& completion) {
  std::optional<tracing::Context> caller;
  if (Clusters::Instance().empty()) return caller;
  for (const auto& state : Clusters::Instance().All()) {
    state->WhileOpen([&] { caller = state->rest().Completed(request, completion); });
    if (caller) break;
  }
  return caller;
}

}  // namespace

std::span<const Hook> RestHooks() noexcept {
  static constexpr std::array<Hook, 3> kHooks{
      {{kPost, "REST requests: their spans, their metrics, and the trace in their callbacks"},
       {kRun, "REST requests that could not be sent, and discord.api.queue_depth"},
       {kComplete, "REST requests: the end of their spans, their metrics, and the trace in their callbacks"}}};
  return kHooks;
}

}  // namespace guildscope::dpp

namespace dpp {

[[gnu::weak]] request_queue& request_queue::post_request(std::unique_ptr<http_request> request) {
  using Post = request_queue& (*)(request_queue*, std::unique_ptr<http_request>);
  static const auto next = guildscope::NextSymbol<Post>(guildscope::dpp::kPost);
  if (const auto state = guildscope::dpp::Clusters::Instance().Find(creator)) {
    state->WhileOpen([&] { state->rest().Posted(*request); });
  }
  // The timers that D++ starts here for its own sockets have nothing to do with the caller's trace.
  const guildscope::dpp::CarryPause pause;
  return next(this, std::move(request));
}

[[gnu::weak]] http_request_completion_t http_request::run(request_concurrency_queue* processor, cluster* owner) {
  using Run = http_request_completion_t (*)(http_request*, request_concurrency_queue*, cluster*);
  static const auto next = guildscope::NextSymbol<Run>(guildscope::dpp::kRun);
  const auto state = guildscope::dpp::Clusters::Instance().Find(owner);
  if (state) state->WhileOpen([&] { state->rest().Sent(*this); });
  const auto sent = std::chrono::steady_clock::now();
  http_request_completion_t result = next(this, processor, owner);
  // With an error here D++ gives up on the request and never calls complete().
  if (state && result.error != h_success) {
    result.latency = std::chrono::duration<double>(std::chrono::steady_clock::now() - sent).count();
    state->WhileOpen([&] { state->rest().Completed(*this, result); });
  }
  return result;
}

[[gnu::weak]] void http_request::complete(const http_request_completion_t& completion) {
  using Complete = void (*)(http_request*, const http_request_completion_t&);
  static const auto next = guildscope::NextSymbol<Complete>(guildscope::dpp::kComplete);
  const auto caller = guildscope::dpp::Completed(*this, completion);
  std::optional<guildscope::tracing::ContextScope> scope;
  if (caller) scope.emplace(*caller);
  next(this, completion);
}

}  // namespace dpp
