#pragma once

#include <cstdint>

#include "guildscope/base/protobuf_wire.hpp"
#include "guildscope/export/otlp_fields.hpp"

/// The fields of OTLP's spans and log records (opentelemetry-proto 1.5, trace/v1, logs/v1, common/v1), each with its
/// wire type. Requests, resources and scopes of both have the same numbers.
namespace guildscope::exporting::otlp_fields {

inline constexpr char kResourceItems = wire::Tag(1, wire::Type::kLength);    // Export{Trace,Logs}ServiceRequest
inline constexpr char kResourceOfItems = wire::Tag(1, wire::Type::kLength);  // Resource{Spans,Logs}
inline constexpr char kScopeItems = wire::Tag(2, wire::Type::kLength);
inline constexpr char kScopeOfItems = wire::Tag(1, wire::Type::kLength);  // Scope{Spans,Logs}
inline constexpr char kItem = wire::Tag(2, wire::Type::kLength);
inline constexpr char kSchemaUrl = wire::Tag(3, wire::Type::kLength);
inline constexpr char kScopeName = wire::Tag(1, wire::Type::kLength);  // InstrumentationScope
inline constexpr char kScopeVersion = wire::Tag(2, wire::Type::kLength);
inline constexpr char kScopeAttribute = wire::Tag(3, wire::Type::kLength);

inline constexpr char kBoolValue = wire::Tag(2, wire::Type::kVarint);  // AnyValue; kStringValue is 1
inline constexpr char kIntValue = wire::Tag(3, wire::Type::kVarint);
inline constexpr char kDoubleValue = wire::Tag(4, wire::Type::kFixed64);
inline constexpr char kArrayValue = wire::Tag(5, wire::Type::kLength);
inline constexpr char kBytesValue = wire::Tag(7, wire::Type::kLength);
inline constexpr char kArrayElement = wire::Tag(1, wire::Type::kLength);  // ArrayValue

inline constexpr char kSpanTraceId = wire::Tag(1, wire::Type::kLength);  // Span
inline constexpr char kSpanId = wire::Tag(2, wire::Type::kLength);
inline constexpr char kSpanTraceState = wire::Tag(3, wire::Type::kLength);
inline constexpr char kSpanParentId = wire::Tag(4, wire::Type::kLength);
inline constexpr char kSpanName = wire::Tag(5, wire::Type::kLength);
inline constexpr char kSpanKind = wire::Tag(6, wire::Type::kVarint);
inline constexpr char kSpanStart = wire::Tag(7, wire::Type::kFixed64);
inline constexpr char kSpanEnd = wire::Tag(8, wire::Type::kFixed64);
inline constexpr char kSpanAttribute = wire::Tag(9, wire::Type::kLength);
inline constexpr char kSpanDroppedAttributes = wire::Tag(10, wire::Type::kVarint);
inline constexpr char kSpanEvent = wire::Tag(11, wire::Type::kLength);
inline constexpr char kSpanDroppedEvents = wire::Tag(12, wire::Type::kVarint);
inline constexpr char kSpanLink = wire::Tag(13, wire::Type::kLength);
inline constexpr char kSpanDroppedLinks = wire::Tag(14, wire::Type::kVarint);
inline constexpr char kSpanStatus = wire::Tag(15, wire::Type::kLength);
inline constexpr unsigned kSpanFlagsField = 16;  // fixed32: two bytes of tag

inline constexpr char kLogTime = wire::Tag(1, wire::Type::kFixed64);  // LogRecord
inline constexpr char kLogSeverity = wire::Tag(2, wire::Type::kVarint);
inline constexpr char kLogSeverityText = wire::Tag(3, wire::Type::kLength);
inline constexpr char kLogBody = wire::Tag(5, wire::Type::kLength);
inline constexpr char kLogAttribute = wire::Tag(6, wire::Type::kLength);
inline constexpr char kLogDroppedAttributes = wire::Tag(7, wire::Type::kVarint);
inline constexpr char kLogFlags = wire::Tag(8, wire::Type::kFixed32);
inline constexpr char kLogTraceId = wire::Tag(9, wire::Type::kLength);
inline constexpr char kLogSpanId = wire::Tag(10, wire::Type::kLength);
inline constexpr char kLogObservedTime = wire::Tag(11, wire::Type::kFixed64);
inline constexpr char kLogEventName = wire::Tag(12, wire::Type::kLength);

inline constexpr char kEventTime = wire::Tag(1, wire::Type::kFixed64);  // Span.Event
inline constexpr char kEventName = wire::Tag(2, wire::Type::kLength);
inline constexpr char kEventAttribute = wire::Tag(3, wire::Type::kLength);
inline constexpr char kEventDroppedAttributes = wire::Tag(4, wire::Type::kVarint);

inline constexpr char kLinkTraceId = wire::Tag(1, wire::Type::kLength);  // Span.Link
inline constexpr char kLinkSpanId = wire::Tag(2, wire::Type::kLength);
inline constexpr char kLinkTraceState = wire::Tag(3, wire::Type::kLength);
inline constexpr char kLinkAttribute = wire::Tag(4, wire::Type::kLength);
inline constexpr char kLinkDroppedAttributes = wire::Tag(5, wire::Type::kVarint);
inline constexpr char kLinkFlags = wire::Tag(6, wire::Type::kFixed32);

inline constexpr char kStatusMessage = wire::Tag(2, wire::Type::kLength);  // Status
inline constexpr char kStatusCode = wire::Tag(3, wire::Type::kVarint);
inline constexpr std::uint64_t kStatusCodeOk = 1;
inline constexpr std::uint64_t kStatusCodeError = 2;

inline constexpr std::uint32_t kFlagHasIsRemote = 0x100;  // SpanFlags
inline constexpr std::uint32_t kFlagIsRemote = 0x200;

}  // namespace guildscope::exporting::otlp_fields
