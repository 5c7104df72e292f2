#pragma once

#include <dpp/cluster.h>
#include <gtest/gtest.h>
#include <opentelemetry/exporters/memory/in_memory_span_data.h>
#include <opentelemetry/exporters/memory/in_memory_span_exporter_factory.h>
#include <opentelemetry/sdk/trace/simple_processor_factory.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/noop.h>
#include <opentelemetry/trace/provider.h>

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "guildscope/instrumentation/dpp/cluster_state.hpp"
#include "guildscope/instrumentation/dpp/ended_span.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::dpp {

/// A D++ cluster without Discord, instrumented with a registry, a clock and a tracer provider that tests look into.
class HookFixture : public ::testing::Test {
 protected:
  HookFixture() {
    namespace otel = opentelemetry;
    auto exporter = otel::exporter::memory::InMemorySpanExporterFactory::Create(spans_);
    auto processor = otel::sdk::trace::SimpleSpanProcessorFactory::Create(std::move(exporter));
    Install(otel::sdk::trace::TracerProviderFactory::Create(std::move(processor)).release());
    Clusters::Instance().Add(bot_.get(), state_);
  }

  ~HookFixture() override {
    Stop();
    bot_.reset();
    Clusters::Instance().Remove(state_.get());
    state_->Close();
    Install(new opentelemetry::trace::NoopTracerProvider());
  }

  /// Lets the cluster's timers and sockets live.
  void Start() { bot_->start(::dpp::st_return); }
  /// D++'s event loop uses the request queues, which its destructor deletes before it ends the loop.
  void Stop() {
    if (bot_) bot_->shutdown();
  }

  /// The metric's value (a histogram's count) of the series with these label values, joined with a blank; 0 without
  /// one.
  double Value(std::string_view name, std::string_view labels) {
    for (const auto& metric : registry_.Collect().metrics) {
      if (metric.name != "disruptor.discord." + std::string(name)) continue;
      for (const auto& point : metric.points) {
        std::string found;
        for (const auto& value : point.label_values) found += (found.empty() ? "" : " ") + value;
        if (found == labels) return metric.kind == metrics::Kind::kHistogram ? double(point.count) : point.value;
      }
    }
    return 0;
  }

  /// The span ids of a histogram's exemplars, in all its series.
  std::vector<std::string> Exemplars(std::string_view name) {
    std::vector<std::string> spans;
    for (const auto& metric : registry_.Collect().metrics) {
      if (metric.name != "disruptor.discord." + std::string(name)) continue;
      for (const auto& point : metric.points) {
        for (const auto& exemplar : point.exemplars) {
          if (exemplar.present()) spans.push_back(Hex(exemplar.span_id));
        }
      }
    }
    return spans;
  }

  /// Those that ended since the last call, in that order.
  std::vector<EndedSpan> Ended() {
    std::vector<EndedSpan> ended;
    for (const auto& span : spans_->GetSpans()) ended.push_back(Translate(*span));
    return ended;
  }

  /// For what other threads are about to do.
  template <typename Condition>
  static bool Eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  template <typename T>
  static T Get(std::future<T> future) {
    if (future.wait_for(std::chrono::seconds(30)) != std::future_status::ready) throw std::runtime_error("timed out");
    return future.get();
  }

  static void Install(opentelemetry::trace::TracerProvider* provider) {
    opentelemetry::trace::Provider::SetTracerProvider(
        opentelemetry::nostd::shared_ptr<opentelemetry::trace::TracerProvider>(provider));
  }

  std::shared_ptr<opentelemetry::exporter::memory::InMemorySpanData> spans_;
  testing::FakeClock clock_;
  metrics::Registry registry_;
  tracing::Tracer tracer_;
  Redactor redactor_;
  health::Health health_;
  std::shared_ptr<ClusterState> state_ = std::make_shared<ClusterState>(
      Sinks{.metrics = registry_, .tracer = tracer_, .redactor = redactor_, .health = health_, .clock = clock_});
  std::unique_ptr<::dpp::cluster> bot_ = std::make_unique<::dpp::cluster>(2);
};

}  // namespace guildscope::dpp
