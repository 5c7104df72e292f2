#include "guildscope/export/recorded_span.hpp"

#include <opentelemetry/trace/span_context.h>

#include <algorithm>
#include <utility>

#include "guildscope/base/fast_clock.hpp"
#include "guildscope/export/otlp_record_fields.hpp"
#include "guildscope/export/wire_reader.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
namespace fields = otlp_fields;
using otel::trace::SpanKind;
using otel::trace::StatusCode;

constexpr std::size_t kIdFields = (2 + 16) + 2 * (2 + 8);
constexpr std::size_t kFlagsBytes = 2 + 4;

template <std::size_t N>
std::string_view View(const std::array<std::uint8_t, N>& bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}

template <std::size_t N>
std::string_view View(otel::nostd::span<const std::uint8_t, N> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), N};
}

std::string_view View(otel::nostd::string_view text) noexcept { return {text.data(), text.size()}; }

/// Names and descriptions have no limit of their own; a megabyte is none that anybody meant.
std::string_view Name(otel::nostd::string_view text) noexcept {
  constexpr std::size_t kLongest = 0x10'0000;
  return View(text).substr(0, kLongest);
}

std::uint64_t Nanoseconds(std::chrono::nanoseconds time) noexcept { return static_cast<std::uint64_t>(time.count()); }

/// OTLP's flags: the W3C ones, and whether the other span they speak of came from another process.
std::uint32_t Flags(bool sampled, bool other_is_remote) noexcept {
  return (sampled ? otel::trace::TraceFlags::kIsSampled : 0U) | fields::kFlagHasIsRemote |
         (other_is_remote ? fields::kFlagIsRemote : 0U);
}

/// The protocol's SpanKind is the API's, plus one.
std::uint64_t KindNumber(SpanKind kind) noexcept { return static_cast<std::uint64_t>(kind) + 1; }

void PutText(char tag, std::string_view text, WireItem& item) {
  if (text.empty()) return;
  item.Commit(wire::PutString(item.Reserve(wire::StringSize(text.size())), tag, text));
}

void PutCount(char tag, std::uint64_t count, WireItem& item) {
  if (count == 0) return;
  item.Commit(wire::PutVarint(item.Reserve(1 + wire::kLongestVarint), tag, count));
}

void PutState(char tag, const otel::trace::TraceState& state, WireItem& item) { PutText(tag, state.ToHeader(), item); }

wire::Field FindField(std::uint32_t number, std::string_view bytes) noexcept {
  wire::Field field;
  while (wire::TakeField(bytes, field)) {
    if (field.number == number) return field;
  }
  return {};
}

}  // namespace

otel::trace::SpanContext SpanIdentity::ToContext() const noexcept {
  const otel::trace::TraceId trace(otel::nostd::span<const std::uint8_t, 16>(trace_id.data(), 16));
  const otel::trace::SpanId span(otel::nostd::span<const std::uint8_t, 8>(span_id.data(), 8));
  const otel::trace::TraceFlags flags(sampled ? otel::trace::TraceFlags::kIsSampled : 0);
  if (state) return {trace, span, flags, remote, *state};
  return {trace, span, flags, remote};
}

SpanIdentity SpanIdentity::From(const otel::trace::SpanContext& context) noexcept {
  SpanIdentity identity{.sampled = context.IsSampled(), .remote = context.IsRemote()};
  std::memcpy(identity.trace_id.data(), context.trace_id().Id().data(), identity.trace_id.size());
  std::memcpy(identity.span_id.data(), context.span_id().Id().data(), identity.span_id.size());
  if (context.trace_state() && !context.trace_state()->Empty()) identity.state = context.trace_state();
  return identity;
}

RecordedSpan::RecordedSpan(const LentSink& lent, const WireScope& scope, SpanIdentity&& identity,
                           const SpanIdentity& parent, otel::nostd::string_view name,
                           const otel::trace::StartSpanOptions& options)
    : lent_(lent),
      identity_(std::move(identity)),
      may_be_filtered_(options.kind != SpanKind::kServer && options.kind != SpanKind::kConsumer),
      start_steady_(options.start_steady_time),
      attributes_{.tag = fields::kSpanAttribute, .limit = sink().limits.attributes.count},
      item_(std::make_unique<WireItem>(scope)) {
  if (start_steady_ == std::chrono::steady_clock::time_point()) start_steady_ = FastSteadyNow();
  const std::chrono::system_clock::time_point given(options.start_system_time);
  start_ = Nanoseconds(
      (given == std::chrono::system_clock::time_point() ? WallTimeAt(start_steady_) : given).time_since_epoch());
  PutStart(parent, options.kind, start_);
  item_->BeginText();
  if (identity_.state) PutState(fields::kSpanTraceState, **identity_.state, *item_);
  name_at_ = static_cast<std::uint32_t>(item_->size());
  PutName(Name(name));
  attributes_.begin = item_->size();
}

/// What has the same size in every span.
inline void RecordedSpan::PutStart(const SpanIdentity& parent, SpanKind kind, std::uint64_t start) {
  char* to = item_->Reserve(kIdFields + 2 + 2 * wire::kFixed64Bytes + kFlagsBytes);
  to = wire::PutString(to, fields::kSpanTraceId, View(identity_.trace_id));
  to = wire::PutString(to, fields::kSpanId, View(identity_.span_id));
  const bool has_parent = parent.valid();
  if (has_parent) to = wire::PutString(to, fields::kSpanParentId, View(parent.span_id));
  to = wire::PutVarint(to, fields::kSpanKind, KindNumber(kind));
  to = wire::PutFixed64(to, fields::kSpanStart, start);
  end_time_at_ = static_cast<std::uint32_t>(to + 1 - item_->data());
  to = wire::PutFixed64(to, fields::kSpanEnd, start);
  to = wire::PutVarint(to, fields::kSpanFlagsField << 3 | static_cast<unsigned>(wire::Type::kFixed32));
  to = wire::PutFixed32(to, Flags(identity_.sampled, has_parent && parent.remote));
  item_->Commit(to);
}

inline void RecordedSpan::PutName(std::string_view name) {
  item_->Commit(wire::PutString(item_->Reserve(wire::StringSize(name.size())), fields::kSpanName, name));
}

void RecordedSpan::SetAllAttributes(const otel::common::KeyValueIterable& attributes) noexcept {
  sink().writer.SetAll(attributes, attributes_, *item_);
}

void RecordedSpan::SetAttribute(otel::nostd::string_view key, const otel::common::AttributeValue& value) noexcept {
  const SpinLock::Guard guard(lock_);
  if (item_) sink().writer.Set(View(key), value, attributes_, *item_);
}

void RecordedSpan::AddLink(const otel::trace::SpanContext& context,
                           const otel::common::KeyValueIterable& attributes) noexcept {
  const SpinLock::Guard guard(lock_);
  if (!item_) return;
  if (links_ >= sink().limits.link_count) {
    ++dropped_links_;
    return;
  }
  ++links_;
  const std::size_t begin = OpenMessage(fields::kSpanLink, *item_);
  char* to = item_->Reserve(kIdFields + 1 + 4);
  to = wire::PutString(to, fields::kLinkTraceId, View(context.trace_id().Id()));
  to = wire::PutString(to, fields::kLinkSpanId, View(context.span_id().Id()));
  *to++ = fields::kLinkFlags;
  to = wire::PutFixed32(to, Flags(context.IsSampled(), context.IsRemote()));
  item_->Commit(to);
  if (context.trace_state()) PutState(fields::kLinkTraceState, *context.trace_state(), *item_);
  AttributeList list{
      .tag = fields::kLinkAttribute, .limit = sink().limits.link_attribute_count, .begin = item_->size()};
  sink().writer.SetAll(attributes, list, *item_);
  PutCount(fields::kLinkDroppedAttributes, list.dropped, *item_);
  CloseMessage(begin, *item_);
}

void RecordedSpan::AddEvent(otel::nostd::string_view name) noexcept {
  AddEvent(name, FastClock().Now(), otel::common::NoopKeyValueIterable());
}

void RecordedSpan::AddEvent(otel::nostd::string_view name, otel::common::SystemTimestamp time) noexcept {
  AddEvent(name, time, otel::common::NoopKeyValueIterable());
}

void RecordedSpan::AddEvent(otel::nostd::string_view name, otel::common::SystemTimestamp time,
                            const otel::common::KeyValueIterable& attributes) noexcept {
  const SpinLock::Guard guard(lock_);
  if (!item_) return;
  if (View(name) == "exception") has_exception_ = true;
  if (events_ >= sink().limits.event_count) {
    ++dropped_events_;
    return;
  }
  ++events_;
  const std::size_t begin = OpenMessage(fields::kSpanEvent, *item_);
  item_->Commit(
      wire::PutFixed64(item_->Reserve(wire::kFixed64Bytes), fields::kEventTime, Nanoseconds(time.time_since_epoch())));
  PutText(fields::kEventName, Name(name), *item_);
  AttributeList list{
      .tag = fields::kEventAttribute, .limit = sink().limits.event_attribute_count, .begin = item_->size()};
  sink().writer.SetAll(attributes, list, *item_);
  PutCount(fields::kEventDroppedAttributes, list.dropped, *item_);
  CloseMessage(begin, *item_);
}

// OK is final, and UNSET does not undo anything (OpenTelemetry's trace API, "Set Status").
void RecordedSpan::SetStatus(StatusCode code, otel::nostd::string_view description) noexcept {
  const SpinLock::Guard guard(lock_);
  if (!item_ || code == StatusCode::kUnset || status_ == StatusCode::kOk) return;
  if (status_ != StatusCode::kUnset) {
    const wire::Field before =
        FindField(static_cast<unsigned char>(fields::kSpanStatus) >> 3, item_->bytes().substr(attributes_.begin));
    if (!before.whole.empty()) {
      item_->MoveBack(item_->size(), static_cast<std::size_t>(before.whole.data() - item_->data()),
                      before.whole.size());
    }
  }
  status_ = code;
  const std::size_t begin = OpenMessage(fields::kSpanStatus, *item_);
  if (code == StatusCode::kError) PutText(fields::kStatusMessage, Name(description), *item_);
  PutCount(fields::kStatusCode, code == StatusCode::kOk ? fields::kStatusCodeOk : fields::kStatusCodeError, *item_);
  CloseMessage(begin, *item_);
}

void RecordedSpan::UpdateName(otel::nostd::string_view name) noexcept {
  const SpinLock::Guard guard(lock_);
  if (!item_) return;
  const std::size_t end = item_->size();
  PutName(Name(name));
  const std::size_t added = item_->size() - end;
  item_->MoveBack(end, name_at_, attributes_.begin - name_at_);
  attributes_.begin = name_at_ + added;
}

inline void RecordedSpan::PutDropped() noexcept {
  PutCount(fields::kSpanDroppedAttributes, attributes_.dropped, *item_);
  PutCount(fields::kSpanDroppedEvents, dropped_events_, *item_);
  PutCount(fields::kSpanDroppedLinks, dropped_links_, *item_);
}

inline bool RecordedSpan::WorthSending() const noexcept {
  if (!sink().filter || !may_be_filtered_ || has_exception_ || status_ == StatusCode::kError) return true;
  std::string_view name_field = item_->bytes().substr(name_at_, attributes_.begin - name_at_);
  wire::Field name;
  return !wire::TakeField(name_field, name) || !sink().filter->Matches(name.value);
}

inline void RecordedSpan::Finish(const otel::trace::EndSpanOptions& options) noexcept {
  std::chrono::steady_clock::time_point end(options.end_steady_time);
  if (end == std::chrono::steady_clock::time_point()) end = std::max(FastSteadyNow(), start_steady_);
  wire::PutFixed64(item_->data() + end_time_at_, start_ + Nanoseconds(end - start_steady_));
  PutDropped();
}

inline void RecordedSpan::HandOver(std::unique_ptr<WireItem> ended, bool worth_sending) noexcept {
  if (sink().listener) sink().listener->SpanEnded(ended->bytes(), ended->scope());
  if (!worth_sending) return sink().filter->Count();
  if (sink().pipeline) sink().pipeline->Push(std::move(ended));
}

void RecordedSpan::End(const otel::trace::EndSpanOptions& options) noexcept {
  std::unique_ptr<WireItem> ended;
  bool worth_sending = true;
  {
    const SpinLock::Guard guard(lock_);
    if (!item_) return;
    Finish(options);
    worth_sending = WorthSending();
    ended = std::move(item_);
  }
  HandOver(std::move(ended), worth_sending);
}

RecordedSpan::~RecordedSpan() {
  if (item_) End({});
}

bool RecordedSpan::IsRecording() const noexcept {
  const SpinLock::Guard guard(lock_);
  return item_ != nullptr;
}

}  // namespace guildscope::exporting
