#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "guildscope/tracing/span.hpp"

namespace guildscope::tracing {

/// A span that is active on this thread for as long as this object lives. Members are destroyed in reverse order, so
/// the scope closes before the span ends.
class [[nodiscard]] ActiveSpan {
 public:
  explicit ActiveSpan(Span span) : span_(std::move(span)), scope_(span_.context()) {}
  [[nodiscard]] Span& span() noexcept { return span_; }
  Span* operator->() noexcept { return &span_; }

 private:
  Span span_;
  ContextScope scope_;
};

/// Makes spans through OpenTelemetry's API, under one instrumentation scope.
///
/// Threads: any. Lifetime: spans may outlive it. Cost: see docs/performance.md.
class Tracer {
 public:
  /// Of the global tracer provider, whichever is installed when a span starts.
  explicit Tracer(std::string_view scope_name = "guildscope", std::string_view scope_version = "");
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  [[nodiscard]] Span Start(std::string_view name, const SpanOptions& options = {}) const;
  [[nodiscard]] ActiveSpan StartActive(std::string_view name, const SpanOptions& options = {}) const {
    return ActiveSpan(Start(name, options));
  }

  /// Runs `work` (which may take a Span&) inside an active span; an exception is recorded on it and goes on.
  template <typename Work>
  auto Trace(std::string_view name, const SpanOptions& options, Work&& work) const {
    ActiveSpan active = StartActive(name, options);
    try {
      if constexpr (std::is_invocable_v<Work, Span&>) {
        return std::invoke(std::forward<Work>(work), active.span());
      } else {
        return std::invoke(std::forward<Work>(work));
      }
    } catch (...) {
      active->RecordException(std::current_exception());
      throw;
    }
  }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope::tracing
