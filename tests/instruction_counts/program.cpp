#include <opentelemetry/logs/logger.h>
#include <opentelemetry/trace/default_span.h>
#include <opentelemetry/trace/scope.h>
#include <opentelemetry/trace/tracer.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string_view>

#include "guildscope/export/accepting_transport.hpp"
#include "guildscope/export/log_provider.hpp"
#include "guildscope/export/span_provider.hpp"
#include "guildscope/export/wire_encoder.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/tracing/current_span.hpp"

/// instruction_counts OPERATION LOOPS: does nothing but that, for callgrind to count.
namespace {

using namespace guildscope::metrics;

constexpr CounterDescriptor<3> kRequests{
    "{prefix}.requests", "{request}", "Requests.", {"endpoint", "method", "status_code"}};
constexpr HistogramDescriptor<2> kDuration{"{prefix}.duration", "s", "Latency.", {"endpoint", "method"}};
constexpr GaugeDescriptor<1> kPlayers{"{prefix}.players", "{player}", "Players.", {"guild_id"}};
constexpr std::string_view kEndpoint = "/channels/{channel.id}/messages";

template <typename Operation>
void Repeat(std::int64_t loops, Operation operation) {
  for (std::int64_t i = 0; i < loops; ++i) {
    operation();
    asm volatile("" ::: "memory");  // nothing is kept in registers from one to the next
  }
}

void FollowAsTelemetryDoes() {
  guildscope::tracing::FollowCurrentSpan([](const guildscope::tracing::SpanContext&) noexcept {});
}

// Without a queue behind it: what other threads do would be counted too.
[[gnu::noinline]] void RepeatSpans(std::int64_t loops) {
  namespace exporting = guildscope::exporting;
  namespace config = guildscope::config;
  exporting::SpanProvider provider(std::make_shared<exporting::SpanSink>(
      config::SpanLimits{}, exporting::SpanSampler(config::Sampler::kParentBasedAlwaysOn, 1), nullptr));
  opentelemetry::trace::TracerProvider& api = provider;
  const auto tracer = api.GetTracer("counted");
  FollowAsTelemetryDoes();
  Repeat(loops, [&] {
    const auto span = tracer->StartSpan("POST /channels/{channel.id}/messages");
    span->SetAttribute("http.request.method", "POST");
    span->SetAttribute("http.response.status_code", std::int64_t{200});
    span->SetAttribute("discord.bucket", "0123456789abcdef0123456789abcdef");
    span->End();
  });
}

/// A span that is current, as in a command's handler.
opentelemetry::trace::Scope ActiveSpan() {
  namespace trace = opentelemetry::trace;
  FollowAsTelemetryDoes();
  const std::uint8_t trace_id[16] = {1};
  const std::uint8_t span_id[8] = {2};
  const trace::SpanContext context(trace::TraceId(trace_id), trace::SpanId(span_id),
                                   trace::TraceFlags(trace::TraceFlags::kIsSampled), false);
  return trace::Scope(opentelemetry::nostd::shared_ptr<trace::Span>(new trace::DefaultSpan(context)));
}

// To a pipeline that is shut down already and frees them at once: what its thread does would be counted too. Not
// inlined: that takes the registers from the other loops.
[[gnu::noinline]] void RepeatLogRecords(std::int64_t loops) {
  namespace exporting = guildscope::exporting;
  namespace logs = opentelemetry::logs;
  exporting::BatchPipeline::Parts parts;
  parts.encoder = std::make_unique<exporting::WireEncoder>(exporting::WireMessage::kLogRecord,
                                                           opentelemetry::proto::resource::v1::Resource(), nullptr);
  parts.delivery = std::make_unique<exporting::Delivery>(std::make_unique<exporting::AcceptingTransport>());
  parts.account = std::make_shared<exporting::Account>();
  const auto pipeline = std::make_shared<exporting::BatchPipeline>(std::move(parts));
  pipeline->Shutdown(std::chrono::seconds(60));
  exporting::LogProvider provider(exporting::LentLogSink(
      std::make_shared<const exporting::LogSink>(guildscope::config::AttributeLimits{}, nullptr, pipeline)));
  const auto logger = static_cast<logs::LoggerProvider&>(provider).GetLogger("counted", "counted");
  const auto active = ActiveSpan();
  Repeat(loops, [&] {
    auto record = logger->CreateLogRecord();
    record->SetSeverity(logs::Severity::kInfo);
    record->SetBody("a member joined the channel of the guild");
    record->SetAttribute("guild_id", "1000000000004194304");
    record->SetAttribute("shard", std::int64_t{3});
    record->SetAttribute("command", "disrupt");
    logger->EmitLogRecord(std::move(record));
  });
}

bool Run(std::string_view name, std::int64_t loops) {
  Registry registry({.exponential_histograms = name == "histogram_record_exponential"});
  if (name == "counter_add") {
    const Counter requests = registry.Get(kRequests).Bind({kEndpoint, "POST", "200"});
    Repeat(loops, [&] { requests.Add(); });
  } else if (name == "histogram_record" || name == "histogram_record_exponential") {
    const Histogram duration = registry.Get(kDuration).Bind({kEndpoint, "POST"});
    double value = 0.001;
    Repeat(loops, [&] {
      asm volatile("" : "+x"(value));
      duration.Record(value);
    });
  } else if (name == "histogram_record_in_span") {
    const Histogram duration = registry.Get(kDuration).Bind({kEndpoint, "POST"});
    const SpanIdentity span{.trace_id = {1}, .span_id = {2}};
    SetCurrentSpan(&span);
    double value = 0.001;
    Repeat(loops, [&] {
      asm volatile("" : "+x"(value));
      duration.Record(value);
    });
  } else if (name == "gauge_set") {
    const Gauge players = registry.Get(kPlayers).Bind({"1000000000000000000"});
    Repeat(loops, [&] { players.Set(3); });
  } else if (name == "counter_add_labels") {
    const auto requests = registry.Get(kRequests);
    Repeat(loops, [&] { requests.Add(1, {kEndpoint, "POST", "200"}); });
  } else if (name == "span") {
    RepeatSpans(loops);
  } else if (name == "log_record") {
    RepeatLogRecords(loops);
  } else {
    return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && Run(argv[1], std::atoll(argv[2]))) return EXIT_SUCCESS;
  std::cerr << "usage: instruction_counts OPERATION LOOPS\n";
  return EXIT_FAILURE;
}
