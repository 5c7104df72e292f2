#include <algorithm>
#include <cmath>
#include <iterator>
#include <mutex>
#include <utility>

#include "guildscope/metrics/family.hpp"

/// The half of Family that takes values out.
namespace guildscope::metrics {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

bool ByLabels(const Point& a, const Point& b) { return a.label_values < b.label_values; }

}  // namespace

void Family::Observe(ObservedValues& observed, std::span<const std::string_view> values, double value) {
  const bool counts = kind_ == Kind::kCounter || kind_ == Kind::kUpDownCounter;
  if (counts && !std::isfinite(value)) return CountDropped(DropReason::kNotFinite);
  if (kind_ == Kind::kCounter && value < 0) return CountDropped(DropReason::kNegative);
  std::vector<std::string> storage;
  const std::vector<std::string_view> clean = Clean(values, storage);
  observed[std::vector<std::string>(clean.begin(), clean.end())] += value;
}

Metric Family::Collect(const ObservedValues* observed) {
  Metric metric{name_, unit_, help_, kind_, labels_, bounds_, {}};
  CollectSeries(metric);
  const double folded = observed == nullptr ? 0 : MergeObserved(metric, *observed);
  if (folded_writes_.load(kRelaxed) != 0) AddOverflow(metric, folded);
  // After the values were taken: what is removed here has been seen as it was at its end.
  if (limits_.idle.count() > 0) RemoveIdle();
  return metric;
}

void Family::CollectSeries(Metric& metric) {
  bool some_hidden = false;
  {
    const std::shared_lock lock(mutex_);
    metric.points.reserve(series_.size());
    for (Series* series : series_) {
      if (!series->Visible()) {
        some_hidden = true;
        continue;
      }
      Point& point = metric.points.emplace_back();
      point.label_values = UnpackValues(series->packed_values(), labels_.size());
      point.start = series->start();
      series->Read(point);
    }
  }
  std::sort(metric.points.begin(), metric.points.end(), ByLabels);
  if (some_hidden) DropHiddenUnbound();
}

void Family::DropHiddenUnbound() {
  const std::unique_lock lock(mutex_);
  for (auto it = series_.begin(); it != series_.end();) {
    Series* series = *it;
    if (!series->Unbound() || series->Visible()) {
      ++it;
      continue;
    }
    it = series_.erase(it);
    delete series;
  }
}

void Family::RemoveIdle() {
  // A gauge states what is, and stays true without being written.
  if (kind_ != Kind::kCounter && kind_ != Kind::kHistogram) return;
  const std::unique_lock lock(mutex_);
  const auto now = clock_.SteadyNow();
  for (auto it = series_.begin(); it != series_.end();) {
    Series* series = *it;
    if (series->hidden()) {
      ++it;
    } else if (series->WrittenSinceWatched()) {
      series->set_last_write(now);
      ++it;
    } else {
      it = now - series->last_write() >= limits_.idle ? RemoveAt(it) : std::next(it);
    }
  }
}

double Family::MergeObserved(Metric& metric, const ObservedValues& observed) {
  std::vector<Point> added;
  double folded = 0;
  for (const auto& [values, value] : observed) {
    Point point;
    point.label_values = values;
    const auto same = std::lower_bound(metric.points.begin(), metric.points.end(), point, ByLabels);
    if (same != metric.points.end() && same->label_values == values) {
      same->value += value;
    } else if (metric.points.size() + added.size() < limits_.max_series) {
      point.value = value;
      point.start = start_;
      added.push_back(std::move(point));
    } else {
      CountFolded();
      folded += value;
    }
  }
  observed_series_.store(added.size(), kRelaxed);
  const auto middle = static_cast<std::ptrdiff_t>(metric.points.size());
  std::move(added.begin(), added.end(), std::back_inserter(metric.points));
  std::inplace_merge(metric.points.begin(), metric.points.begin() + middle, metric.points.end(), ByLabels);
  return folded;
}

void Family::AddOverflow(Metric& metric, double observed_value) {
  Point& point = metric.points.emplace_back();
  point.overflow = true;
  point.start = start_;
  overflow_->Read(point);
  point.value += observed_value;
}

FamilyStatistics Family::Statistics() const {
  FamilyStatistics statistics;
  {
    const std::shared_lock lock(mutex_);
    statistics.series = series_.size();
  }
  statistics.series += observed_series_.load(kRelaxed);
  statistics.folded_writes = folded_writes_.load(kRelaxed);
  statistics.removed_series = removed_series_.load(kRelaxed);
  statistics.callback_errors = callback_errors_.load(kRelaxed);
  for (std::size_t i = 0; i < statistics.dropped_values.size(); ++i) {
    statistics.dropped_values[i] = dropped_values_[i].load(kRelaxed);
    statistics.cleaned_labels[i] = cleaned_labels_[i].load(kRelaxed);
  }
  return statistics;
}

}  // namespace guildscope::metrics
