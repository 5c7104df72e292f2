#pragma once

#include <cstddef>

#include "guildscope/tracing/span_context.hpp"

namespace guildscope::tracing {

/// OpenTelemetry's current context of a thread (the active span and the baggage) as a value that can be kept, moved to
/// another thread and made current there. The current context is thread-local: a coroutine that resumes elsewhere, or
/// work that runs on a pool, must carry it.
///
/// Cost: a copy is a reference count. Threads: a Context is a value; share copies. Lifetime: keeps its span alive.
class Context {
 public:
  /// Empty: no span.
  Context();
  Context(const Context&) noexcept;
  Context(Context&&) noexcept;
  Context& operator=(const Context&) noexcept;
  Context& operator=(Context&&) noexcept;
  ~Context();

  /// What is active on this thread now.
  [[nodiscard]] static Context Current();

  /// A context in which a remote (or earlier) span is the parent.
  [[nodiscard]] static Context FromRemote(const SpanContext& parent);

  /// The active span's identity; invalid when there is none.
  [[nodiscard]] SpanContext span() const noexcept;

 private:
  friend class ContextScope;
  friend class Tracer;
  friend class Span;
  /// OpenTelemetry's context, without naming its type here and without memory of its own; see opentelemetry_bridge.hpp.
  struct Access;
  static constexpr std::size_t kSize = 32;
  alignas(8) std::byte storage_[kSize];  // NOLINT: raw memory
};

/// The active span of this thread; invalid when there is none. Cost: a thread-local read and a copy of 25 bytes, once
/// FollowCurrentSpan was called (as Telemetry does); else some 30 ns.
[[nodiscard]] SpanContext CurrentSpan() noexcept;

/// Makes a context current on this thread until the scope ends. Must end on the thread that made it, in reverse order.
class [[nodiscard]] ContextScope {
 public:
  explicit ContextScope(const Context& context);
  ~ContextScope();
  ContextScope(ContextScope&&) noexcept;
  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;
  ContextScope& operator=(ContextScope&&) = delete;

 private:
  void* token_;  ///< OpenTelemetry's
};

}  // namespace guildscope::tracing
