#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "guildscope/export/otlp_metric_writer.hpp"
#include "guildscope/metrics/collection.hpp"
#include "guildscope/metrics/stored_exponential.hpp"

namespace guildscope::exporting {

/// What was delivered of each series, so that the next request says what came after it.
///
/// A series that has gone and was not delivered whole is kept until it is; at most as many of these as there are live
/// series, and a thousand. Memory: live series alone else.
/// Threads: one.
class DeltaMemory {
 public:
  /// `delivered` says, by request, what became of the last collection. It must stay until EndCollection.
  void BeginCollection(const std::vector<bool>& delivered);

  void BeginMetric(const metrics::MetricView& metric);
  /// Writes what the series has beyond what was delivered; nothing when it did not change.
  void AddSeries(const metrics::SeriesView& series, OtlpMetricWriter& writer);
  /// Writes what is left of the series that have gone.
  void EndMetric(OtlpMetricWriter& writer);
  /// The same for metrics that have gone.
  void EndCollection(OtlpMetricWriter& writer);

  /// Series that are kept, those that have gone included.
  [[nodiscard]] std::size_t size() const noexcept;

 private:
  using Time = std::chrono::system_clock::time_point;

  struct Values {
    std::int64_t integer = 0;  // a counter's value when it is whole, a histogram's count
    double number = 0;         // a counter's value, a histogram's sum
    bool is_integer = true;
  };
  struct Entry {
    std::size_t key_begin = 0;
    std::size_t key_size = 0;
    std::size_t buckets = 0;  // where they begin: those that were delivered, then those that are now
    Time start;               // of the series
    Time since;               // up to here it was delivered
    Time seen;                // when `now` was
    Values delivered;
    Values now;
    std::size_t request = 0;
    bool plain = true;
    bool overflow = false;
    bool sent = false;    // in `request`
    bool gone = false;    // no longer told by the registry
    bool joined = false;  // with the series of this collection
  };
  /// The series of a metric in one collection.
  struct Generation {
    std::vector<Entry> entries;
    std::string keys;
    std::vector<std::uint64_t> buckets;
    std::unordered_map<std::size_t, std::pair<metrics::StoredExponential, metrics::StoredExponential>>
        exponentials;  // by entry
    void Clear() noexcept;
    [[nodiscard]] std::string_view Key(const Entry& entry) const noexcept {
      return std::string_view(keys).substr(entry.key_begin, entry.key_size);
    }
  };
  struct Metric {
    // What the metric is, for when only what is left of it is written.
    std::string unit, help;
    metrics::Kind kind = metrics::Kind::kCounter;
    std::vector<std::string> label_names;
    std::vector<double> bounds;
    Generation series;
    bool told = false;  // in this collection
  };

  [[nodiscard]] std::optional<std::size_t> FindBefore(const metrics::SeriesView& series);
  void SettleBefore(std::size_t index);
  [[nodiscard]] bool Continues(std::size_t before, const metrics::SeriesView& series) const;
  Entry& Append(const metrics::SeriesView& series);
  void TakeOver(std::size_t before, Entry& entry);
  void Write(Entry& entry, std::span<const metrics::Exemplar> exemplars, OtlpMetricWriter& writer);
  void KeepWhatIsLeft(OtlpMetricWriter& writer);

  std::map<std::string, Metric, std::less<>> metrics_;
  const std::vector<bool>* delivered_ = nullptr;
  Time last_collection_;  // of the collection before this one
  Time time_;             // of this one

  // Of the metric that is being told.
  Metric* metric_ = nullptr;
  Generation current_;
  std::size_t bucket_count_ = 0;
  std::size_t cursor_ = 0;  // in the generation before: where the next series is expected
  bool indexed_ = false;
  std::unordered_map<std::string_view, std::size_t> index_;  // of the generation before
  std::vector<std::uint64_t> difference_;
  std::size_t live_ = 0;
};

}  // namespace guildscope::exporting
