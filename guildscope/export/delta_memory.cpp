#include "guildscope/export/delta_memory.hpp"

#include <algorithm>
#include <utility>

namespace guildscope::exporting {
namespace {

using metrics::Kind;
using metrics::SeriesView;

constexpr std::size_t kMostGone = 1'000;  // series that have gone, beside as many as are live
constexpr std::size_t kLookahead = 8;     // series that went between two that stayed, before an index is made

double Number(const SeriesView& series) noexcept {
  return series.is_integer ? static_cast<double>(series.integer) : series.number;
}

}  // namespace

void DeltaMemory::Generation::Clear() noexcept {
  entries.clear();
  keys.clear();
  buckets.clear();
  exponentials.clear();
}

void DeltaMemory::BeginCollection(const std::vector<bool>& delivered) {
  delivered_ = &delivered;
  last_collection_ = time_;
  metric_ = nullptr;
  for (auto& [name, metric] : metrics_) metric.told = false;
}

void DeltaMemory::BeginMetric(const metrics::MetricView& metric) {
  auto found = metrics_.find(metric.name);
  if (found == metrics_.end()) {
    found = metrics_.try_emplace(std::string(metric.name)).first;
    Metric& made = found->second;
    made.unit = metric.unit;
    made.help = metric.help;
    made.kind = metric.kind;
    made.label_names.assign(metric.label_names.begin(), metric.label_names.end());
    made.bounds.assign(metric.bounds.begin(), metric.bounds.end());
  }
  metric_ = &found->second;
  metric_->told = true;
  time_ = metric.time;
  bucket_count_ = metric.kind == Kind::kHistogram ? metric.bounds.size() + 1 : 0;
  difference_.resize(bucket_count_);
  current_.Clear();
  cursor_ = 0;
  indexed_ = false;
  live_ = 0;
  for (std::size_t i = 0; i < metric_->series.entries.size(); ++i) SettleBefore(i);
}

/// Applies what became of the request that an entry was sent in.
void DeltaMemory::SettleBefore(std::size_t index) {
  Generation& before = metric_->series;
  Entry& entry = before.entries[index];
  entry.joined = false;
  if (!entry.sent) return;
  entry.sent = false;
  if (entry.request >= delivered_->size() || !(*delivered_)[entry.request]) return;
  entry.delivered = entry.now;
  entry.since = entry.seen;
  const auto buckets = before.buckets.begin() + static_cast<std::ptrdiff_t>(entry.buckets);
  std::copy_n(buckets + static_cast<std::ptrdiff_t>(bucket_count_), bucket_count_, buckets);
  if (const auto exponential = before.exponentials.find(index); exponential != before.exponentials.end()) {
    exponential->second.first = exponential->second.second;
  }
}

std::optional<std::size_t> DeltaMemory::FindBefore(const SeriesView& series) {
  const Generation& before = metric_->series;
  const std::size_t count = before.entries.size();
  const auto is_it = [&](std::size_t i) {
    const Entry& entry = before.entries[i];
    return !entry.gone && !entry.overflow && before.Key(entry) == series.packed_values;
  };
  if (series.overflow) {
    for (std::size_t i = count; i-- > 0;) {
      if (before.entries[i].overflow && !before.entries[i].gone) return i;
    }
    return std::nullopt;
  }
  // Both collections are sorted alike, so it is mostly the next one.
  for (std::size_t i = cursor_; i < std::min(count, cursor_ + kLookahead); ++i) {
    if (!is_it(i)) continue;
    cursor_ = i + 1;
    return i;
  }
  if (!indexed_) {
    index_.clear();
    for (std::size_t i = 0; i < count; ++i) {
      if (!before.entries[i].gone && !before.entries[i].overflow) index_.emplace(before.Key(before.entries[i]), i);
    }
    indexed_ = true;
  }
  const auto found = index_.find(series.packed_values);
  if (found == index_.end()) return std::nullopt;
  cursor_ = found->second + 1;
  return found->second;
}

/// Whether the series is the one that was told before, and not one that began anew under the same labels.
bool DeltaMemory::Continues(std::size_t index, const SeriesView& series) const {
  const Generation& before = metric_->series;
  const Entry& entry = before.entries[index];
  if (series.start > entry.start || entry.joined) return false;
  if (metric_->kind != Kind::kHistogram) return Number(series) >= entry.now.number;
  const auto exponential = before.exponentials.find(index);
  if ((series.exponential != nullptr) != (exponential != before.exponentials.end())) return false;
  if (series.exponential != nullptr && series.exponential->scale > exponential->second.first.scale) return false;
  return series.count >= static_cast<std::uint64_t>(entry.now.integer);
}

DeltaMemory::Entry& DeltaMemory::Append(const SeriesView& series) {
  Entry& entry = current_.entries.emplace_back();
  entry.key_begin = current_.keys.size();
  entry.key_size = series.packed_values.size();
  current_.keys += series.packed_values;
  entry.plain = series.plain;
  entry.overflow = series.overflow;
  entry.start = series.start;
  entry.seen = time_;
  // It was not there at the last collection, so nothing was counted before that.
  entry.since = std::min(std::max(series.start, last_collection_), time_);
  if (metric_->kind == Kind::kHistogram) {
    entry.now = {static_cast<std::int64_t>(series.count), series.sum, true};
  } else {
    entry.now = {series.is_integer ? series.integer : 0, Number(series), series.is_integer};
  }
  entry.buckets = current_.buckets.size();
  current_.buckets.resize(entry.buckets + bucket_count_, 0);
  current_.buckets.insert(
      current_.buckets.end(), series.bucket_counts.begin(),
      series.bucket_counts.begin() + static_cast<std::ptrdiff_t>(std::min(series.bucket_counts.size(), bucket_count_)));
  current_.buckets.resize(entry.buckets + 2 * bucket_count_, 0);
  if (series.exponential != nullptr) {
    auto& [delivered, now] = current_.exponentials[current_.entries.size() - 1];
    now = metrics::StoredExponential::Of(*series.exponential);
    delivered.scale = now.scale;
  }
  return entry;
}

void DeltaMemory::TakeOver(std::size_t index, Entry& entry) {
  Generation& before = metric_->series;
  Entry& old = before.entries[index];
  old.joined = true;
  entry.since = old.since;
  entry.delivered = old.delivered;
  std::copy_n(before.buckets.begin() + static_cast<std::ptrdiff_t>(old.buckets), bucket_count_,
              current_.buckets.begin() + static_cast<std::ptrdiff_t>(entry.buckets));
  const auto exponential = before.exponentials.find(index);
  if (exponential == before.exponentials.end()) return;
  auto& now = current_.exponentials[current_.entries.size() - 1];
  now.first = std::move(exponential->second.first);
  now.first.Coarsen(now.second.scale);
}

void DeltaMemory::AddSeries(const SeriesView& series, OtlpMetricWriter& writer) {
  const auto before = FindBefore(series);
  const bool continues = before && Continues(*before, series);
  Entry& entry = Append(series);
  ++live_;
  if (continues) TakeOver(*before, entry);
  const bool unchanged = entry.now.integer == entry.delivered.integer && entry.now.number == entry.delivered.number;
  if (continues && unchanged) {
    entry.since = time_;
    return;
  }
  Write(entry, series.exemplars, writer);
}

void DeltaMemory::Write(Entry& entry, std::span<const metrics::Exemplar> exemplars, OtlpMetricWriter& writer) {
  SeriesView view;
  view.packed_values = current_.Key(entry);
  view.plain = entry.plain;
  view.overflow = entry.overflow;
  view.start = entry.since;
  view.exemplars = exemplars;
  metrics::StoredExponential added;
  metrics::ExponentialBuckets exponential;
  if (metric_->kind == Kind::kHistogram) {
    view.count = static_cast<std::uint64_t>(entry.now.integer - entry.delivered.integer);
    view.sum = entry.now.number - entry.delivered.number;
    const std::uint64_t* const delivered = current_.buckets.data() + entry.buckets;
    for (std::size_t i = 0; i < bucket_count_; ++i) difference_[i] = delivered[bucket_count_ + i] - delivered[i];
    view.bucket_counts = difference_;
    const auto index = static_cast<std::size_t>(&entry - current_.entries.data());
    if (const auto found = current_.exponentials.find(index); found != current_.exponentials.end()) {
      added = found->second.second;
      added.Subtract(found->second.first);
      exponential = added.View();
      view.exponential = &exponential;
    }
  } else {
    view.is_integer = entry.now.is_integer && entry.delivered.is_integer;
    view.integer = entry.now.integer - entry.delivered.integer;
    view.number = entry.now.number - entry.delivered.number;
  }
  entry.request = writer.AddPoint(view, entry.seen);
  entry.sent = true;
}

/// What the registry did not tell this time and was not delivered whole.
void DeltaMemory::KeepWhatIsLeft(OtlpMetricWriter& writer) {
  Generation& before = metric_->series;
  std::size_t room = live_ + kMostGone;
  for (std::size_t i = 0; i < before.entries.size() && room > 0; ++i) {
    const Entry& old = before.entries[i];
    if (old.joined || (old.now.integer == old.delivered.integer && old.now.number == old.delivered.number)) continue;
    --room;
    Entry& entry = current_.entries.emplace_back(old);
    entry.gone = true;
    entry.key_begin = current_.keys.size();
    current_.keys += before.Key(old);
    entry.buckets = current_.buckets.size();
    const auto buckets = before.buckets.begin() + static_cast<std::ptrdiff_t>(old.buckets);
    current_.buckets.insert(current_.buckets.end(), buckets, buckets + static_cast<std::ptrdiff_t>(2 * bucket_count_));
    if (const auto found = before.exponentials.find(i); found != before.exponentials.end()) {
      current_.exponentials[current_.entries.size() - 1] = std::move(found->second);
    }
    Write(entry, {}, writer);
  }
}

void DeltaMemory::EndMetric(OtlpMetricWriter& writer) {
  if (metric_ == nullptr) return;
  KeepWhatIsLeft(writer);
  index_.clear();
  std::swap(metric_->series, current_);
  metric_ = nullptr;
}

void DeltaMemory::EndCollection(OtlpMetricWriter& writer) {
  for (auto it = metrics_.begin(); it != metrics_.end();) {
    if (!it->second.told) {
      const Metric& metric = it->second;
      const metrics::MetricView view{.name = it->first,
                                     .unit = metric.unit,
                                     .help = metric.help,
                                     .kind = metric.kind,
                                     .label_names = metric.label_names,
                                     .bounds = metric.bounds,
                                     .time = time_};
      writer.BeginMetric(view, true);
      BeginMetric(view);
      EndMetric(writer);
    }
    it = it->second.series.entries.empty() ? metrics_.erase(it) : std::next(it);
  }
}

std::size_t DeltaMemory::size() const noexcept {
  std::size_t size = 0;
  for (const auto& [name, metric] : metrics_) size += metric.series.entries.size();
  return size;
}

}  // namespace guildscope::exporting
