#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/base/byte_chain.hpp"
#include "guildscope/metrics/collection.hpp"

namespace guildscope::metrics {

/// Writes what a registry tells as Prometheus' protocol buffers: for each metric its length and an
/// io.prometheus.client.MetricFamily (github.com/prometheus/client_model, metrics.proto). The only one of Prometheus'
/// formats that carries native histograms; a histogram has them when its series has exponential buckets.
///
/// Threads: one. Lifetime: `out` must outlive it.
class ProtobufExposition final : public Collector {
 public:
  explicit ProtobufExposition(ByteChain& out) : out_(out) {}

  void BeginMetric(const MetricView& metric) override;
  void AddSeries(const SeriesView& series) override;
  /// After the last series.
  void Finish();

 private:
  void EndMetric();
  [[nodiscard]] std::size_t LabelsSize(const SeriesView& series) noexcept;
  char* PutLabels(char* to, const SeriesView& series) const noexcept;
  [[nodiscard]] std::string_view ValueMessage(const SeriesView& series);
  void AppendHistogram(const SeriesView& series);

  ByteChain& out_;

  // Of the metric that is being written.
  Kind kind_ = Kind::kGauge;
  std::vector<double> bounds_;
  std::vector<std::string> label_names_;  // each as the field `name` of a LabelPair
  std::vector<std::string_view> values_;  // of the series that is being written
  char* length_ = nullptr;                // where the metric's length goes
  std::size_t begin_ = 0;                 // the chain's size where the metric begins

  std::string message_;  // Counter, Gauge or Histogram of the series that is being written
  std::chrono::system_clock::time_point start_;
  std::string start_message_;  // a Timestamp of start_
};

}  // namespace guildscope::metrics
