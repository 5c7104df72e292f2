#pragma once

#include <opentelemetry/trace/span.h>
#include <opentelemetry/trace/span_startoptions.h>
#include <opentelemetry/trace/trace_state.h>

#include <array>
#include <bit>
#include <chrono>
#include <memory>
#include <optional>

#include "guildscope/export/span_ids.hpp"
#include "guildscope/export/span_sink.hpp"
#include "guildscope/export/spin_lock.hpp"
#include "guildscope/export/wire_item.hpp"
#include "guildscope/tracing/linkable.hpp"

namespace guildscope::exporting {

/// Who a span is: its ids and what its children inherit.
struct SpanIdentity {
  TraceIdBytes trace_id{};
  SpanIdBytes span_id{};
  bool sampled = false;
  bool remote = false;
  /// None: an empty one, which nearly all are. (The API's own pointer costs virtual calls even when it is null.)
  std::optional<opentelemetry::nostd::shared_ptr<opentelemetry::trace::TraceState>> state{};

  [[nodiscard]] bool valid() const noexcept {
    const auto trace = std::bit_cast<std::array<std::uint64_t, 2>>(trace_id);
    return (trace[0] | trace[1]) != 0 && std::bit_cast<std::uint64_t>(span_id) != 0;
  }
  [[nodiscard]] opentelemetry::trace::SpanContext ToContext() const noexcept;
  [[nodiscard]] static SpanIdentity From(const opentelemetry::trace::SpanContext& context) noexcept;
};

/// A span behind OpenTelemetry's API that is the bytes of its OTLP message from the start, within the span limits. What
/// goes past a limit is counted in the span's own dropped_*_count, as the specification asks. Its end hands the bytes
/// to the sink.
///
/// Cost: see docs/performance.md, BM_Span; no malloc in the steady state.
/// Threads: any, as the API asks: a lock of its own, which nobody holds for longer than one attribute takes, and which
/// costs next to nothing until a second thread comes.
/// Lifetime: keeps its sink alive.
class RecordedSpan final : public opentelemetry::trace::Span, public tracing::Linkable {
 public:
  RecordedSpan(const LentSink& lent, const WireScope& scope, SpanIdentity&& identity, const SpanIdentity& parent,
               opentelemetry::nostd::string_view name, const opentelemetry::trace::StartSpanOptions& options);
  ~RecordedSpan() override;

  /// Before the span is anyone else's.
  void SetAllAttributes(const opentelemetry::common::KeyValueIterable& attributes) noexcept;
  /// To the listener, if there is one. Before the span is anyone else's, with what it starts with.
  void TellStart() const noexcept {
    if (sink().listener) sink().listener->SpanStarted(item_->bytes(), item_->scope());
  }
  void AddLink(const opentelemetry::trace::SpanContext& context,
               const opentelemetry::common::KeyValueIterable& attributes) noexcept override;

  void SetAttribute(opentelemetry::nostd::string_view key,
                    const opentelemetry::common::AttributeValue& value) noexcept override;
  void AddEvent(opentelemetry::nostd::string_view name) noexcept override;
  void AddEvent(opentelemetry::nostd::string_view name, opentelemetry::common::SystemTimestamp time) noexcept override;
  void AddEvent(opentelemetry::nostd::string_view name, opentelemetry::common::SystemTimestamp time,
                const opentelemetry::common::KeyValueIterable& attributes) noexcept override;
  void SetStatus(opentelemetry::trace::StatusCode code,
                 opentelemetry::nostd::string_view description) noexcept override;
  void UpdateName(opentelemetry::nostd::string_view name) noexcept override;
  void End(const opentelemetry::trace::EndSpanOptions& options) noexcept override;
  [[nodiscard]] opentelemetry::trace::SpanContext GetContext() const noexcept override { return identity_.ToContext(); }
  [[nodiscard]] bool IsRecording() const noexcept override;

  [[nodiscard]] const SpanIdentity& identity() const noexcept { return identity_; }

 private:
  void PutStart(const SpanIdentity& parent, opentelemetry::trace::SpanKind kind, std::uint64_t start);
  void PutName(std::string_view name);
  void PutDropped() noexcept;
  [[nodiscard]] bool WorthSending() const noexcept;

  [[nodiscard]] const SpanSink& sink() const noexcept { return **lent_; }
  /// Under the lock, or when nobody else can have the span any more.
  void Finish(const opentelemetry::trace::EndSpanOptions& options) noexcept;
  void HandOver(std::unique_ptr<WireItem> ended, bool worth_sending) noexcept;

  const LentSink lent_;
  const SpanIdentity identity_;
  mutable SpinLock lock_;
  bool has_exception_ = false;    // guarded by lock_, as all that follows
  bool may_be_filtered_ = false;  ///< Neither SERVER nor CONSUMER.
  opentelemetry::trace::StatusCode status_ = opentelemetry::trace::StatusCode::kUnset;
  std::uint32_t end_time_at_ = 0;  ///< Where the item's bytes have the end's time.
  std::uint32_t name_at_ = 0;
  std::uint32_t events_ = 0;
  std::uint32_t dropped_events_ = 0;
  std::uint32_t links_ = 0;
  std::uint32_t dropped_links_ = 0;
  std::uint64_t start_ = 0;  ///< Nanoseconds since 1970.
  std::chrono::steady_clock::time_point start_steady_;
  AttributeList attributes_;
  std::unique_ptr<WireItem> item_;  ///< Gone once the span has ended.
};

}  // namespace guildscope::exporting
