#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "guildscope/tracing/context.hpp"

namespace guildscope::tracing {

using AttributeValue = std::variant<bool, std::int64_t, double, std::string>;

/// A key and a value; integers of every size, string literals and views convert.
struct Attribute {
  std::string key;
  AttributeValue value;

  Attribute(std::string_view k, bool v) : key(k), value(v) {}
  Attribute(std::string_view k, double v) : key(k), value(v) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Attribute(std::string_view k, T v) : key(k), value(static_cast<std::int64_t>(v)) {}
  Attribute(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  Attribute(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  Attribute(std::string_view k, const std::string& v) : key(k), value(v) {}
};
using Attributes = std::vector<Attribute>;

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

  void End() noexcept;

  /// False when not sampled: building costly attributes can then be left out.
  [[nodiscard]] bool recording() const noexcept;
  [[nodiscard]] SpanContext span_context() const noexcept;
  /// The context in which this span is the active one.
  [[nodiscard]] Context context() const;

 private:
  friend class Tracer;
  struct Impl;
  explicit Span(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope::tracing
