#pragma once

#include <cstdint>

#include "guildscope/base/protobuf_wire.hpp"

/// The fields of OTLP's metric messages (opentelemetry-proto 1.5, metrics/v1, common/v1), each with its wire type.
namespace guildscope::exporting::otlp_fields {

inline constexpr char kResourceMetrics = wire::Tag(1, wire::Type::kLength);  // ExportMetricsServiceRequest
inline constexpr char kResource = wire::Tag(1, wire::Type::kLength);         // ResourceMetrics
inline constexpr char kScopeMetrics = wire::Tag(2, wire::Type::kLength);
inline constexpr char kScope = wire::Tag(1, wire::Type::kLength);  // ScopeMetrics
inline constexpr char kMetric = wire::Tag(2, wire::Type::kLength);
inline constexpr char kName = wire::Tag(1, wire::Type::kLength);  // Metric
inline constexpr char kDescription = wire::Tag(2, wire::Type::kLength);
inline constexpr char kUnit = wire::Tag(3, wire::Type::kLength);
inline constexpr char kGauge = wire::Tag(5, wire::Type::kLength);
inline constexpr char kSum = wire::Tag(7, wire::Type::kLength);
inline constexpr char kHistogram = wire::Tag(9, wire::Type::kLength);
inline constexpr char kExponential = wire::Tag(10, wire::Type::kLength);
inline constexpr char kDataPoint = wire::Tag(1, wire::Type::kLength);  // Gauge, Sum, Histogram, ExponentialHistogram
inline constexpr char kTemporality = wire::Tag(2, wire::Type::kVarint);
inline constexpr char kMonotonic = wire::Tag(3, wire::Type::kVarint);
inline constexpr char kStart = wire::Tag(2, wire::Type::kFixed64);  // every kind of point
inline constexpr char kTime = wire::Tag(3, wire::Type::kFixed64);
inline constexpr char kAsDouble = wire::Tag(4, wire::Type::kFixed64);  // NumberDataPoint
inline constexpr char kAsInt = wire::Tag(6, wire::Type::kFixed64);
inline constexpr char kNumberAttribute = wire::Tag(7, wire::Type::kLength);
inline constexpr char kCount = wire::Tag(4, wire::Type::kFixed64);  // HistogramDataPoint, ExponentialHistogramDataPoint
inline constexpr char kSumOfValues = wire::Tag(5, wire::Type::kFixed64);
inline constexpr char kBucketCounts = wire::Tag(6, wire::Type::kLength);  // HistogramDataPoint
inline constexpr char kBounds = wire::Tag(7, wire::Type::kLength);
inline constexpr char kHistogramExemplar = wire::Tag(8, wire::Type::kLength);
inline constexpr char kHistogramAttribute = wire::Tag(9, wire::Type::kLength);
inline constexpr char kExponentialAttribute = wire::Tag(1, wire::Type::kLength);  // ExponentialHistogramDataPoint
inline constexpr char kScale = wire::Tag(6, wire::Type::kVarint);
inline constexpr char kZeroCount = wire::Tag(7, wire::Type::kFixed64);
inline constexpr char kPositive = wire::Tag(8, wire::Type::kLength);
inline constexpr char kNegative = wire::Tag(9, wire::Type::kLength);
inline constexpr char kExponentialExemplar = wire::Tag(11, wire::Type::kLength);
inline constexpr char kZeroThreshold = wire::Tag(14, wire::Type::kFixed64);
inline constexpr char kKey = wire::Tag(1, wire::Type::kLength);  // KeyValue
inline constexpr char kValue = wire::Tag(2, wire::Type::kLength);
inline constexpr char kStringValue = wire::Tag(1, wire::Type::kLength);  // AnyValue

inline constexpr std::uint64_t kDelta = 1;  // AggregationTemporality
inline constexpr std::uint64_t kCumulative = 2;

}  // namespace guildscope::exporting::otlp_fields
