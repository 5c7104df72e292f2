#include "guildscope/export/console_transport.hpp"

#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <exception>
#include <sstream>

#include "guildscope/otlp_text/otlp_text.hpp"

namespace guildscope::exporting {
namespace {

namespace proto = opentelemetry::proto;
using proto::metrics::v1::Metric;

void Write(std::ostream& out,
           const google::protobuf::RepeatedPtrField<opentelemetry::proto::common::v1::KeyValue>& attributes) {
  for (const auto& attribute : attributes) {
    out << ' ' << attribute.key() << '=' << otlp::ToText(attribute.value());
  }
}

void WriteSpan(std::ostream& out, const proto::trace::v1::Span& span) {
  constexpr double kNanosecondsPerMillisecond = 1e6;
  const auto took = span.end_time_unix_nano() - span.start_time_unix_nano();
  out << "span " << span.name() << " trace_id=" << otlp::ToHex(span.trace_id())
      << " span_id=" << otlp::ToHex(span.span_id());
  if (!span.parent_span_id().empty()) out << " parent=" << otlp::ToHex(span.parent_span_id());
  out << ' ' << static_cast<double>(took) / kNanosecondsPerMillisecond << " ms";
  if (span.status().code() == proto::trace::v1::Status::STATUS_CODE_ERROR) {
    out << " ERROR '" << span.status().message() << '\'';
  }
  Write(out, span.attributes());
  out << '\n';
  for (const auto& event : span.events()) {
    out << "  event " << event.name();
    Write(out, event.attributes());
    out << '\n';
  }
  for (const auto& link : span.links()) {
    out << "  link trace_id=" << otlp::ToHex(link.trace_id()) << " span_id=" << otlp::ToHex(link.span_id()) << '\n';
  }
}

template <typename Points>
void WriteNumbers(std::ostream& out, const Metric& metric, const Points& points) {
  for (const auto& point : points) {
    out << "metric " << metric.name();
    Write(out, point.attributes());
    out << ": ";
    if (point.value_case() == proto::metrics::v1::NumberDataPoint::kAsInt) {
      out << point.as_int() << '\n';
    } else {
      out << point.as_double() << '\n';
    }
  }
}

template <typename Points>
void WriteHistograms(std::ostream& out, const Metric& metric, const Points& points) {
  for (const auto& point : points) {
    out << "metric " << metric.name();
    Write(out, point.attributes());
    out << ": count " << point.count() << " sum " << point.sum() << '\n';
  }
}

void WriteMetric(std::ostream& out, const Metric& metric) {
  if (metric.has_gauge()) WriteNumbers(out, metric, metric.gauge().data_points());
  if (metric.has_sum()) WriteNumbers(out, metric, metric.sum().data_points());
  WriteHistograms(out, metric, metric.histogram().data_points());
  WriteHistograms(out, metric, metric.exponential_histogram().data_points());
}

void WriteRequest(std::ostream& out, Signal signal, const std::string& bytes) {
  if (signal == Signal::kTraces) {
    proto::collector::trace::v1::ExportTraceServiceRequest request;
    request.ParseFromString(bytes);
    for (const auto& resource : request.resource_spans()) {
      for (const auto& scope : resource.scope_spans()) {
        for (const auto& span : scope.spans()) WriteSpan(out, span);
      }
    }
  } else if (signal == Signal::kLogs) {
    proto::collector::logs::v1::ExportLogsServiceRequest request;
    request.ParseFromString(bytes);
    for (const auto& resource : request.resource_logs()) {
      for (const auto& scope : resource.scope_logs()) {
        for (const auto& record : scope.log_records()) {
          out << "log " << record.severity_text() << ' ' << scope.scope().name() << ": " << otlp::ToText(record.body());
          Write(out, record.attributes());
          if (!record.trace_id().empty()) out << " trace_id=" << otlp::ToHex(record.trace_id());
          out << '\n';
        }
      }
    }
  } else {
    proto::collector::metrics::v1::ExportMetricsServiceRequest request;
    request.ParseFromString(bytes);
    for (const auto& resource : request.resource_metrics()) {
      for (const auto& scope : resource.scope_metrics()) {
        for (const auto& metric : scope.metrics()) WriteMetric(out, metric);
      }
    }
  }
}

}  // namespace

Reply ConsoleTransport::Send(const Request& request, std::chrono::steady_clock::time_point) noexcept try {
  std::ostringstream text;
  WriteRequest(text, signal_, request.bytes);
  out_ << text.str() << std::flush;
  if (out_.good()) return {.outcome = Reply::Outcome::kAccepted};
  out_.clear();
  return {.outcome = Reply::Outcome::kRefused, .detail = "the console cannot be written"};
} catch (const std::exception& exception) {
  return {.outcome = Reply::Outcome::kRefused, .detail = exception.what()};
}

}  // namespace guildscope::exporting
