#include "guildscope/tracing/current_span.hpp"

#include <opentelemetry/context/runtime_context.h>

#include <atomic>
#include <mutex>

#include "guildscope/tracing/context.hpp"
#include "guildscope/tracing/opentelemetry_bridge.hpp"

namespace guildscope::tracing {
namespace {

namespace otel = opentelemetry;

// As process-wide as OpenTelemetry's storage, which is what it belongs to.
constinit std::atomic<CurrentSpanListener> current_listener{nullptr};

/// What the storage below was told on this thread last.
struct Followed {
  bool known = false;
  CurrentParent parent;
};
constinit thread_local Followed followed{};

CurrentParent ParentIn(const otel::context::Context& context) noexcept {
  const auto span = SpanIn(context);
  if (!span) return {};
  const otel::trace::SpanContext identity = span->GetContext();
  return {.span = FromOpenTelemetry(identity),
          .remote = identity.IsRemote(),
          .has_state = identity.trace_state() && !identity.trace_state()->Empty()};
}

/// OpenTelemetry's own storage, and a word to the listener. The contexts themselves are in the thread's stack that all
/// its storages share, so it can take over at any time.
class FollowedStorage final : public otel::context::ThreadLocalContextStorage {
 public:
  otel::nostd::unique_ptr<otel::context::Token> Attach(const otel::context::Context& context) noexcept override {
    auto token = ThreadLocalContextStorage::Attach(context);
    Tell(context);
    return token;
  }

  bool Detach(otel::context::Token& token) noexcept override {
    const bool detached = ThreadLocalContextStorage::Detach(token);
    if (detached) Tell(GetCurrent());
    return detached;
  }

 private:
  static void Tell(const otel::context::Context& context) noexcept {
    followed = {.known = true, .parent = ParentIn(context)};
    const CurrentSpanListener listener = current_listener.load(std::memory_order_acquire);
    if (listener != nullptr) listener(followed.parent.span);
  }
};

// Never freed: who asks it may do so until the very end.
constinit std::atomic<FollowedStorage*> followed_storage{nullptr};

}  // namespace

otel::context::Context CurrentContext() noexcept {
  FollowedStorage* const storage = followed_storage.load(std::memory_order_acquire);
  return storage != nullptr ? storage->GetCurrent() : otel::context::RuntimeContext::GetCurrent();
}

const CurrentParent& CurrentParentSpan() noexcept {
  if (followed.known) return followed.parent;
  // From here on the storage is told of every change, if it is ours.
  const bool is_followed = followed_storage.load(std::memory_order_acquire) != nullptr;
  followed = {.known = is_followed, .parent = ParentIn(CurrentContext())};
  return followed.parent;
}

SpanContext CurrentSpan() noexcept { return CurrentParentSpan().span; }

void FollowCurrentSpan(CurrentSpanListener listener) {
  current_listener.store(listener, std::memory_order_release);
  static std::once_flag installed;
  std::call_once(installed, [] {
    using Shared = otel::nostd::shared_ptr<otel::context::RuntimeContextStorage>;
    auto* const storage = new FollowedStorage();
    static auto* const kept = new Shared(storage);
    otel::context::RuntimeContext::SetRuntimeContextStorage(*kept);
    followed_storage.store(storage, std::memory_order_release);
  });
  if (listener != nullptr) listener(CurrentSpan());
}

}  // namespace guildscope::tracing
