#include "guildscope/export/response.hpp"

#include <curl/curl.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/empty.pb.h>
#include <google/protobuf/unknown_field_set.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <algorithm>
#include <charconv>

#include "guildscope/base/utf8.hpp"

namespace guildscope::exporting {
namespace {

namespace collector = opentelemetry::proto::collector;
using google::protobuf::UnknownField;

template <typename Response, typename Rejected>
std::optional<PartialSuccess> Parse(const std::string& bytes, Rejected rejected) {
  Response response;
  if (!response.ParseFromString(bytes)) return std::nullopt;
  // Bytes of another kind (a page of HTML) can pass for fields that nobody knows.
  if (response.GetReflection()->GetUnknownFields(response).field_count() > 0 && !response.has_partial_success()) {
    return std::nullopt;
  }
  const std::int64_t count = (response.partial_success().*rejected)();
  return PartialSuccess{static_cast<std::uint64_t>(std::max<std::int64_t>(count, 0)),
                        response.partial_success().error_message()};
}

/// The length-delimited fields of this number; google.rpc's own classes are not packaged, and these two are all we
/// read.
std::vector<std::string> Fields(const std::string& message, int number) {
  google::protobuf::Empty empty;
  std::vector<std::string> found;
  if (!empty.ParseFromString(message)) return found;
  const auto& fields = empty.GetReflection()->GetUnknownFields(empty);
  for (int i = 0; i < fields.field_count(); ++i) {
    const UnknownField& field = fields.field(i);
    if (field.number() == number && field.type() == UnknownField::TYPE_LENGTH_DELIMITED) {
      found.push_back(field.length_delimited());
    }
  }
  return found;
}

}  // namespace

std::optional<PartialSuccess> ParseResponse(Signal signal, const std::string& bytes) {
  switch (signal) {
    case Signal::kTraces:
      return Parse<collector::trace::v1::ExportTraceServiceResponse>(
          bytes, &collector::trace::v1::ExportTracePartialSuccess::rejected_spans);
    case Signal::kMetrics:
      return Parse<collector::metrics::v1::ExportMetricsServiceResponse>(
          bytes, &collector::metrics::v1::ExportMetricsPartialSuccess::rejected_data_points);
    case Signal::kLogs:
      return Parse<collector::logs::v1::ExportLogsServiceResponse>(
          bytes, &collector::logs::v1::ExportLogsPartialSuccess::rejected_log_records);
  }
  return std::nullopt;
}

// google.rpc.Status: `repeated google.protobuf.Any details = 3`; google.rpc.RetryInfo: `Duration retry_delay = 1`.
std::optional<std::chrono::milliseconds> ParseRetryInfo(const std::string& status_bytes) {
  for (const std::string& detail : Fields(status_bytes, 3)) {
    google::protobuf::Any any;
    if (!any.ParseFromString(detail) || !any.type_url().ends_with("/google.rpc.RetryInfo")) continue;
    google::protobuf::Duration delay;
    const auto delays = Fields(any.value(), 1);
    if (delays.empty()) return std::chrono::milliseconds(0);
    if (!delay.ParseFromString(delays.front())) continue;
    constexpr std::int64_t kDay = 24 * 60 * 60;
    const auto seconds = std::clamp<std::int64_t>(delay.seconds(), 0, kDay);
    return std::chrono::milliseconds(seconds * 1000 + std::max(delay.nanos(), 0) / 1'000'000);
  }
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> ParseRetryAfter(std::string_view value,
                                                         std::chrono::system_clock::time_point now) {
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
  constexpr std::int64_t kDay = 24 * 60 * 60;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc() && end == value.data() + value.size()) {
    if (seconds < 0) return std::nullopt;
    return std::chrono::seconds(std::min(seconds, kDay));
  }
  const time_t date = curl_getdate(std::string(value).c_str(), nullptr);
  if (date < 0) return std::nullopt;
  const auto wait = std::chrono::system_clock::from_time_t(date) - now;
  return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(wait), std::chrono::milliseconds(0),
                    std::chrono::milliseconds(std::chrono::seconds(kDay)));
}

std::string Excerpt(std::string_view text) {
  constexpr std::size_t kLongest = 200;
  std::string result = ToUtf8(Utf8Prefix(text, kLongest));
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return result;
}

}  // namespace guildscope::exporting
