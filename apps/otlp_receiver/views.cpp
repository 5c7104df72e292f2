#include "apps/otlp_receiver/views.hpp"

#include <algorithm>
#include <ctime>
#include <map>
#include <set>
#include <vector>

namespace guildscope::otlp_receiver {
namespace {

using nlohmann::json;
using opentelemetry::proto::trace::v1::Span;
using opentelemetry::proto::trace::v1::Status;
using testing::ReceivedSpan;

constexpr double kNanosecondsPerMillisecond = 1e6;
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

const char* KindName(Span::SpanKind kind) {
  switch (kind) {
    case Span::SPAN_KIND_SERVER:
      return "SERVER";
    case Span::SPAN_KIND_CLIENT:
      return "CLIENT";
    case Span::SPAN_KIND_PRODUCER:
      return "PRODUCER";
    case Span::SPAN_KIND_CONSUMER:
      return "CONSUMER";
    default:
      return "INTERNAL";
  }
}

std::string ServiceOf(const testing::OtlpAttributes& resource) {
  const auto found = resource.find("service.name");
  return found == resource.end() ? "" : found->second;
}

std::string TimeText(std::uint64_t unix_nano) {
  const auto seconds = static_cast<std::time_t>(unix_nano / kNanosecondsPerSecond);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return {text, length};
}

using Children = std::multimap<std::string, const ReceivedSpan*>;

json SpanView(const ReceivedSpan& span, const Children& children) {
  json view{{"name", span.name()},
            {"kind", KindName(span.span.kind())},
            {"span_id", span.span_id()},
            {"start", TimeText(span.span.start_time_unix_nano())},
            {"ms", static_cast<double>(span.span.end_time_unix_nano() - span.span.start_time_unix_nano()) /
                       kNanosecondsPerMillisecond},
            {"attributes", span.attributes()}};
  if (span.span.status().code() == Status::STATUS_CODE_ERROR) view["error"] = span.span.status().message();
  for (const auto& event : span.span.events()) {
    view["events"].push_back({{"name", event.name()}, {"attributes", testing::ToMap(event.attributes())}});
  }
  for (const auto& link : span.span.links()) {
    view["links"].push_back(
        {{"trace_id", testing::ToHex(link.trace_id())}, {"span_id", testing::ToHex(link.span_id())}});
  }
  const auto [first, last] = children.equal_range(span.span_id());
  for (auto child = first; child != last; ++child) view["children"].push_back(SpanView(*child->second, children));
  return view;
}

json TraceView(const std::string& trace_id, std::vector<const ReceivedSpan*> spans) {
  std::sort(spans.begin(), spans.end(), [](const ReceivedSpan* a, const ReceivedSpan* b) {
    return a->span.start_time_unix_nano() < b->span.start_time_unix_nano();
  });
  std::set<std::string> ids;
  for (const ReceivedSpan* span : spans) ids.insert(span->span_id());
  Children children;
  std::vector<const ReceivedSpan*> roots;
  for (const ReceivedSpan* span : spans) {
    if (ids.contains(span->parent_id())) {
      children.emplace(span->parent_id(), span);
    } else {
      roots.push_back(span);
    }
  }
  json view{{"trace_id", trace_id}, {"service", ServiceOf(spans.front()->resource)}, {"spans", json::array()}};
  for (const ReceivedSpan* root : roots) view["spans"].push_back(SpanView(*root, children));
  return view;
}

}  // namespace

json CountsView(const testing::OtlpStore& store) {
  return {{"spans", store.SpanCounts()}, {"logs", store.LogCounts()}, {"metric_points", store.PointCounts()}};
}

json LatestMetricsView(const testing::OtlpStore& store) {
  json view = json::array();
  for (const auto& point : store.Points()) {
    json entry{{"name", point.name},
               {"unit", point.unit},
               {"attributes", point.attributes},
               {"service", ServiceOf(point.resource)},
               {"value", point.value}};
    if (point.count) entry["value"] = {{"count", *point.count}, {"sum", point.sum}};
    view.push_back(std::move(entry));
  }
  return view;
}

json TracesView(const testing::OtlpStore& store, const std::string& name, std::size_t limit) {
  const std::vector<ReceivedSpan> spans = store.Spans();
  std::map<std::string, std::vector<const ReceivedSpan*>> by_trace;
  for (const ReceivedSpan& span : spans) by_trace[span.trace_id()].push_back(&span);

  json view = json::array();
  std::set<std::string> shown;
  for (auto span = spans.rbegin(); span != spans.rend() && view.size() < limit; ++span) {
    if (!name.empty() && span->name() != name) continue;
    const std::string trace_id = span->trace_id();
    if (shown.insert(trace_id).second) view.push_back(TraceView(trace_id, by_trace[trace_id]));
  }
  return view;
}

json LogsView(const testing::OtlpStore& store, const std::string& logger, std::size_t limit) {
  const auto logs = logger.empty() ? store.Logs() : store.LogsOf(logger);
  json view = json::array();
  for (auto log = logs.rbegin(); log != logs.rend() && view.size() < limit; ++log) {
    view.push_back({{"time", TimeText(log->record.time_unix_nano())},
                    {"logger", log->logger},
                    {"severity", log->record.severity_text()},
                    {"body", log->body()},
                    {"attributes", log->attributes()},
                    {"trace_id", log->trace_id()}});
  }
  return view;
}

}  // namespace guildscope::otlp_receiver
