#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <string_view>
#include <vector>

#include "guildscope/tracing/attribute.hpp"
#include "guildscope/tracing/context.hpp"

namespace guildscope::tracing {

enum class SpanKind { kInternal, kServer, kClient, kProducer, kConsumer };

struct SpanOptions {
  SpanKind kind = SpanKind::kInternal;
  Attributes attributes{};
  std::vector<SpanContext> links{};
  /// The parent; when absent, what is current on this thread. Use Context() for a root.
  std::optional<Context> parent{};
};

/// A span that was started and is ended by End() or by the destructor, whichever is first. It is not active by itself:
/// see Tracer::StartActive for one that is, and ContextScope(span.context()) to activate it for a while.
///
/// Threads: one at a time; may be moved to and ended on another thread. Lifetime: may outlive its Tracer.
class Span {
 public:
  Span() noexcept;  ///< Records nothing.
  Span(Span&&) noexcept;
  Span& operator=(Span&&) noexcept;  ///< Ends the span that was held.
  ~Span();

  void SetAttribute(const Attribute& attribute);
  void AddEvent(std::string_view name, const Attributes& attributes = {});
  void UpdateName(std::string_view name);

  /// Status ERROR with a description, and `error.type` (a low-cardinality identifier such as a class name or a status
  /// code).
  void SetError(std::string_view error_type, std::string_view description);

  /// An `exception` event as the semantic conventions say (type, message), and SetError.
  void RecordException(const std::exception& exception);
  void RecordException(const std::exception_ptr& exception);

  /// A link to a span that was not known at the start; those that are known belong into SpanOptions. False when the
  /// provider that is installed cannot do that (OpenTelemetry's API has no call for it before its ABI 2; the provider
  /// of guildscope::Telemetry can).
  bool AddLink(const SpanContext& to, const Attributes& attributes = {});

  void End() noexcept;

  /// False when not sampled: building costly attributes can then be left out.
  [[nodiscard]] bool recording() const noexcept;
  [[nodiscard]] SpanContext span_context() const noexcept;
  /// The context in which this span is the active one.
  [[nodiscard]] Context context() const;

 private:
  friend class Tracer;
  struct Impl;
  explicit Span(Impl impl) noexcept;

  /// OpenTelemetry's types, without naming them here and without memory of their own.
  static constexpr std::size_t kImplSize = 112;
  alignas(8) std::byte storage_[kImplSize];  // NOLINT: raw memory
  Impl* impl_ = nullptr;                     ///< In the storage, or null: records nothing.
};

}  // namespace guildscope::tracing
