#include "guildscope/export/recorded_log.hpp"

#include <opentelemetry/logs/severity.h>
#include <opentelemetry/trace/span_id.h>
#include <opentelemetry/trace/trace_flags.h>
#include <opentelemetry/trace/trace_id.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "guildscope/export/otlp_record_fields.hpp"
#include "guildscope/export/wire_reader.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
namespace fields = otlp_fields;

// What stands in front of each record, at these places: fields that are written over when they become known. What is
// set once more and does not stand here is appended: of a field that may occur once, the last is read.
constexpr std::size_t kTimeAt = 1;
constexpr std::size_t kObservedAt = kTimeAt + wire::kFixed64Bytes;
constexpr std::size_t kSeverityAt = kObservedAt + wire::kFixed64Bytes;
constexpr std::uint32_t kBodyNumber = 5;
constexpr std::size_t kTraceIdBytes = 16;
constexpr std::size_t kSpanIdBytes = 8;
constexpr std::size_t kFlagsBytes = 4;
constexpr std::size_t kHeadBytes =
    2 * wire::kFixed64Bytes + 2 + (2 + kTraceIdBytes) + (2 + kSpanIdBytes) + (1 + kFlagsBytes);

std::uint64_t Nanoseconds(std::chrono::nanoseconds since_epoch) noexcept {
  return static_cast<std::uint64_t>(since_epoch.count());
}

template <typename Bytes>
std::string_view View(const Bytes& bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// An id and its tag. Its size is known here: three of them took 77 instructions as strings of any length.
template <std::size_t kSize>
char* PutIdField(char* to, char tag, const std::array<std::uint8_t, kSize>& id) noexcept {
  *to++ = tag;
  *to++ = static_cast<char>(kSize);
  std::memcpy(to, id.data(), kSize);
  return to + kSize;
}

char* PutFlags(char* to, std::uint32_t flags) noexcept {
  *to = fields::kLogFlags;
  return wire::PutFixed32(to + 1, flags);
}

/// kDebug to kCritical; the API's severities come in fours: TRACE, DEBUG, INFO, WARN, ERROR, FATAL.
std::size_t LevelOf(std::size_t severity) noexcept {
  if (severity == 0) return 1;
  const std::size_t group = (severity - 1) / 4;
  return group == 0 ? 0 : std::min<std::size_t>(group - 1, 4);
}

}  // namespace

RecordedLog::RecordedLog(const LentLogSink& lent, const WireScope& scope,
                         std::chrono::system_clock::time_point observed, const tracing::SpanContext& span)
    : lent_(lent),
      item_(std::make_unique<WireItem>(scope)),
      attributes_{.tag = fields::kLogAttribute, .limit = sink().limits.count} {
  char* const begin = item_->Reserve(kHeadBytes);
  char* to = wire::PutFixed64(begin, fields::kLogTime, 0);
  to = wire::PutFixed64(to, fields::kLogObservedTime, Nanoseconds(observed.time_since_epoch()));
  to = wire::PutVarint(to, fields::kLogSeverity, 0);
  if (span.valid()) {
    trace_id_at_ = static_cast<std::size_t>(to - begin) + 2;
    to = PutIdField(to, fields::kLogTraceId, span.trace_id);
    span_id_at_ = static_cast<std::size_t>(to - begin) + 2;
    to = PutIdField(to, fields::kLogSpanId, span.span_id);
    flags_at_ = static_cast<std::size_t>(to - begin);
    to = PutFlags(to, span.sampled ? otel::trace::TraceFlags::kIsSampled : 0U);
  }
  item_->Commit(to);
  item_->BeginText();
  text_at_ = item_->size();
}

template <typename Work>
void RecordedLog::Guarded(Work&& work) noexcept {
  if (!item_) return;
  try {
    work();
  } catch (...) {
    ++attributes_.dropped;
  }
}

void RecordedLog::SetTimestamp(otel::common::SystemTimestamp timestamp) noexcept {
  if (item_) wire::PutFixed64(item_->data() + kTimeAt, Nanoseconds(timestamp.time_since_epoch()));
}

void RecordedLog::SetObservedTimestamp(otel::common::SystemTimestamp timestamp) noexcept {
  if (item_) wire::PutFixed64(item_->data() + kObservedAt, Nanoseconds(timestamp.time_since_epoch()));
}

// The numbers of the API are those of the protocol.
void RecordedLog::SetSeverity(otel::logs::Severity severity) noexcept {
  const auto number = static_cast<std::size_t>(severity);
  level_ = LevelOf(number);
  if (number >= std::size(otel::logs::SeverityNumToText)) return;
  Guarded([&] {
    item_->data()[kSeverityAt] = static_cast<char>(number);
    const auto text = otel::logs::SeverityNumToText[number];
    item_->Commit(wire::PutString(item_->Reserve(wire::StringSize(text.size())), fields::kLogSeverityText,
                                  {text.data(), text.size()}));
  });
}

void RecordedLog::SetBody(const otel::common::AttributeValue& body) noexcept {
  Guarded([&] {
    const std::string_view known = has_body_ ? FindBody() : std::string_view();
    const auto at = static_cast<std::size_t>(known.data() - item_->data());
    const std::size_t end = item_->size();
    sink().body_writer.AppendValue(fields::kLogBody, body, *item_);
    if (has_body_) {
      item_->MoveBack(end, at, known.size());
      attributes_.begin = text_at_;  // they may stand elsewhere now
    }
    has_body_ = true;
  });
}

void RecordedLog::SetAttribute(otel::nostd::string_view key, const otel::common::AttributeValue& value) noexcept {
  if (attributes_.count == 0 && item_) attributes_.begin = item_->size();
  Guarded([&] { sink().writer.Set({key.data(), key.size()}, value, attributes_, *item_); });
}

void RecordedLog::SetEventId(std::int64_t /*id*/, otel::nostd::string_view name) noexcept {
  Guarded([&] {
    item_->Commit(wire::PutString(item_->Reserve(wire::StringSize(name.size())), fields::kLogEventName,
                                  {name.data(), name.size()}));
  });
}

std::string_view RecordedLog::FindBody() const noexcept {
  std::string_view rest = item_->bytes().substr(text_at_);
  wire::Field field;
  while (wire::TakeField(rest, field)) {
    if (field.number == kBodyNumber) return field.whole;
  }
  return {};
}

void RecordedLog::PutId(std::size_t at, char tag, std::string_view id) noexcept {
  Guarded([&] {
    if (at == kNone) {
      item_->Commit(wire::PutString(item_->Reserve(2 + id.size()), tag, id));
    } else {
      std::memcpy(item_->data() + at, id.data(), id.size());
    }
  });
}

void RecordedLog::SetTraceId(const otel::trace::TraceId& trace_id) noexcept {
  if (trace_id.IsValid()) PutId(trace_id_at_, fields::kLogTraceId, View(trace_id.Id()));
}

void RecordedLog::SetSpanId(const otel::trace::SpanId& span_id) noexcept {
  if (span_id.IsValid()) PutId(span_id_at_, fields::kLogSpanId, View(span_id.Id()));
}

void RecordedLog::SetTraceFlags(const otel::trace::TraceFlags& flags) noexcept {
  Guarded([&] {
    if (flags_at_ == kNone) {
      item_->Commit(PutFlags(item_->Reserve(1 + kFlagsBytes), flags.flags()));
    } else {
      PutFlags(item_->data() + flags_at_, flags.flags());
    }
  });
}

bool RecordedLog::Emit() noexcept {
  if (!item_) return false;
  if (attributes_.dropped > 0) {
    Guarded([&] {
      item_->Commit(wire::PutVarint(item_->Reserve(1 + wire::kLongestVarint), fields::kLogDroppedAttributes,
                                    attributes_.dropped));
    });
  }
  return sink().Take(std::move(item_), level_);
}

}  // namespace guildscope::exporting
