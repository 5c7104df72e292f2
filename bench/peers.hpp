#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "guildscope/export/pull_metric_reader.hpp"
#include "opentelemetry/metrics/sync_instruments.h"
#include "opentelemetry/sdk/metrics/meter_provider.h"

/// What every benchmark is measured beside: OpenTelemetry's SDK, prometheus-cpp, and a *floor*: the least that any
/// implementation of the idea must do.
namespace guildscope::bench {

inline constexpr std::string_view kEndpoint = "/channels/{channel.id}/messages";
inline constexpr std::string_view kMethod = "POST";
inline constexpr std::string_view kStatusCode = "200";

/// The id of a guild, as long as the ones that Discord gives out.
inline std::string Guild(std::int64_t i) {
  constexpr std::int64_t kFirst = 1'000'000'000'000'000'000;
  return std::to_string(kFirst + i * 4'194'304);
}

/// A meter of the SDK with a reader, as without one it keeps nothing.
class SdkMeter {
 public:
  SdkMeter() : reader_(std::make_shared<exporting::PullMetricReader>()) { provider_.AddMetricReader(reader_); }

  opentelemetry::metrics::Meter& operator*() { return *meter_; }
  opentelemetry::metrics::Meter* operator->() { return meter_.get(); }
  exporting::PullMetricReader& reader() { return *reader_; }

 private:
  std::shared_ptr<exporting::PullMetricReader> reader_;
  opentelemetry::sdk::metrics::MeterProvider provider_;
  opentelemetry::nostd::shared_ptr<opentelemetry::metrics::Meter> meter_ = provider_.GetMeter("bench");
};

/// A cell that one thread writes and others may read: the floor of all recording.
class OwnedCell {
 public:
  void Add(std::uint64_t amount) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t Get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace guildscope::bench
