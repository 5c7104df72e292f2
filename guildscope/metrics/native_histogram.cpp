#include "guildscope/metrics/native_histogram.hpp"

#include <cstdint>
#include <vector>

#include "guildscope/base/protobuf_wire.hpp"

namespace guildscope::metrics {
namespace {

using wire::Tag;
using wire::Type;

constexpr int kFinestSchema = 8;
constexpr int kCoarsestSchema = -4;

/// Fields of Histogram; the number of a span's field, and of the deltas' after it.
constexpr unsigned kNegativeSpan = 9;
constexpr unsigned kPositiveSpan = 12;

void AppendVarint(std::string& to, char tag, std::uint64_t value) {
  char bytes[1 + wire::kLongestVarint];
  to.append(bytes, wire::PutVarint(bytes, tag, value));
}

void AppendString(std::string& to, char tag, std::string_view text) {
  AppendVarint(to, tag, text.size());
  to += text;
}

/// One span of buckets and the difference of each count to the one before it.
void AppendSide(std::string& to, unsigned field, std::int32_t offset, std::span<const std::uint64_t> counts,
                int coarser) {
  if (counts.empty()) return;
  // A scale less by one has buckets twice as wide: i becomes i / 2, rounded down.
  const std::int32_t first = offset >> coarser;
  const std::int32_t last = (offset + static_cast<std::int32_t>(counts.size()) - 1) >> coarser;
  std::vector<std::uint64_t> merged(static_cast<std::size_t>(last - first) + 1);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    merged[static_cast<std::size_t>(((offset + static_cast<std::int32_t>(i)) >> coarser) - first)] += counts[i];
  }
  std::string span;
  // OpenTelemetry numbers a bucket by its lower bound, Prometheus by its upper one.
  AppendVarint(span, Tag(1, Type::kVarint), wire::ZigZag(first + 1));
  AppendVarint(span, Tag(2, Type::kVarint), merged.size());
  AppendString(to, Tag(field, Type::kLength), span);
  std::string deltas;
  std::int64_t before = 0;
  for (const std::uint64_t count : merged) {
    char bytes[wire::kLongestVarint];
    deltas.append(bytes, wire::PutVarint(bytes, wire::ZigZag(static_cast<std::int64_t>(count) - before)));
    before = static_cast<std::int64_t>(count);
  }
  AppendString(to, Tag(field + 1, Type::kLength), deltas);
}

}  // namespace

void AppendNativeHistogram(std::string& message, const ExponentialBuckets& buckets) {
  if (buckets.scale < kCoarsestSchema) return;
  const int coarser = buckets.scale > kFinestSchema ? buckets.scale - kFinestSchema : 0;
  AppendVarint(message, Tag(5, Type::kVarint), wire::ZigZag(buckets.scale - coarser));
  char threshold[wire::kFixed64Bytes];
  message.append(threshold, wire::PutDouble(threshold, Tag(6, Type::kFixed64), buckets.zero_threshold));
  AppendVarint(message, Tag(7, Type::kVarint), buckets.zero_count);
  AppendSide(message, kNegativeSpan, buckets.negative_offset, buckets.negative, coarser);
  AppendSide(message, kPositiveSpan, buckets.positive_offset, buckets.positive, coarser);
  // A native histogram that has counted nothing is told from a classic one by a span without buckets.
  if (buckets.positive.empty() && buckets.negative.empty()) {
    AppendString(message, Tag(kPositiveSpan, Type::kLength), std::string_view("\x08\x00\x10\x00", 4));
  }
}

}  // namespace guildscope::metrics
