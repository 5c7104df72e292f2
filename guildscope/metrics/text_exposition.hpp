#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/base/byte_chain.hpp"
#include "guildscope/metrics/collection.hpp"

namespace guildscope::metrics {

enum class TextFormat { kPrometheus, kOpenMetrics };

/// Writes what a registry tells as Prometheus' text or as OpenMetrics, straight from the series. All that is the same
/// for the series of a metric is made once a metric.
///
/// Cost: some 20 ns a series with one label beside the bytes themselves; no allocation but the chain's.
/// Threads: one. Lifetime: `out` must outlive it.
class TextExposition final : public Collector {
 public:
  TextExposition(TextFormat format, ByteChain& out) : format_(format), out_(out) {}

  void BeginMetric(const MetricView& metric) override;
  void AddSeries(const SeriesView& series) override;
  /// After the last series.
  void Finish();

 private:
  /// What stands before and after the labels of one kind of line: `name_bucket{`, `,le="1"} `, and `name_bucket`,
  /// `{le="1"} ` for a series without labels.
  struct Line {
    std::string before;
    std::string after;
    std::string without_labels;
  };

  [[nodiscard]] bool open_metrics() const noexcept { return format_ == TextFormat::kOpenMetrics; }
  void WriteHeader(const MetricView& metric, std::string_view name);
  void MakeLines(const MetricView& metric);
  [[nodiscard]] Line MakeLine(std::string_view name, std::string_view last_label) const;
  [[nodiscard]] std::string Bound(double bound) const;

  [[nodiscard]] std::size_t LongestText(const SeriesView& series) const noexcept;
  char* PutLabels(char* to, const SeriesView& series) const noexcept;
  char* PutValue(char* to, const SeriesView& series) noexcept;
  char* PutHistogram(char* to, const SeriesView& series, std::string_view labels) noexcept;
  char* PutCreated(char* to, const SeriesView& series, std::string_view labels) noexcept;

  const TextFormat format_;
  ByteChain& out_;

  // Of the metric that is being written.
  Kind kind_ = Kind::kGauge;
  std::string base_;                       // the name without the suffix of a sample
  std::vector<std::string> label_starts_;  // `,guild_id="`
  Line value_;
  Line created_;
  Line sum_;
  Line count_;
  std::vector<Line> buckets_;
  std::size_t labels_bytes_ = 0;  // of all label_starts_ and what ends them
  std::size_t lines_bytes_ = 0;   // of all lines of a series but their labels
  std::size_t lines_ = 0;

  // Most series began at the same moment, so its text is kept.
  std::chrono::system_clock::time_point start_;
  std::string start_text_;
};

}  // namespace guildscope::metrics
