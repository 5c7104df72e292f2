#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "guildscope/metrics/family.hpp"

/// The half of Family that takes values out.
namespace guildscope::metrics {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;
constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

}  // namespace

void Family::Observe(ObservedValues& observed, std::span<const std::string_view> values, double value) {
  const bool counts = kind_ == Kind::kCounter || kind_ == Kind::kUpDownCounter;
  if (counts && !std::isfinite(value)) return CountDropped(DropReason::kNotFinite);
  if (kind_ == Kind::kCounter && value < 0) return CountDropped(DropReason::kNegative);
  std::vector<std::string> storage;
  const std::vector<std::string_view> clean = Clean(values, storage);
  observed[std::vector<std::string>(clean.begin(), clean.end())] += value;
}

void Family::TakeNewSeries() {
  std::vector<internal::BlockRef> made;
  {
    const std::lock_guard lock(mutex_);
    made = std::exchange(new_, {});
  }
  order_.Insert(std::move(made));
}

void Family::BeginCollection(const std::uint64_t* sums, const ObservedValues* observed) {
  sums_ = sums;
  std::erase_if(hidden_, [this](Series* series) {
    if (Activity(SumsOf(*series)) != 0) series->set_hidden(false);
    if (series->hidden()) return false;
    series->set_listed(false);
    return true;
  });
  observed_overflow_ = 0;
  observed_.clear();
  if (observed != nullptr) FoldOrKeepObserved(*observed);
}

void Family::FoldOrKeepObserved(const ObservedValues& observed) {
  std::size_t added = 0;
  for (const auto& [values, value] : observed) {
    const std::vector<std::string_view> views(values.begin(), values.end());
    const Series* same = table_.Find(views);
    if (same == nullptr || same->hidden()) {
      if (order_.size() - hidden_.size() + added >= limits_.max_series) {
        CountFolded();
        observed_overflow_ += value;
        continue;
      }
      ++added;
    }
    observed_.push_back({PackValues(views), value});
  }
  observed_series_.store(added, kRelaxed);
}

void Family::Tell(Collector& collector, std::chrono::system_clock::time_point time) {
  const bool overflowed = folded_writes_.load(kRelaxed) != 0;
  if (order_.size() == hidden_.size() && observed_.empty() && !overflowed) return;
  collector.BeginMetric(View(time));
  auto observed = observed_.begin();
  const auto tell_observed_before = [&](std::string_view packed) {
    for (; observed != observed_.end() && PackedLess(observed->packed_values, packed); ++observed) {
      collector.AddSeries(View(*observed));
    }
  };
  for (std::size_t i = 0; i < order_.size(); ++i) {
    order_.PrefetchBehind(i);
    const Series& series = order_[i];
    if (series.hidden()) continue;
    double too = 0;
    if (observed != observed_.end()) {
      tell_observed_before(series.packed_values());
      if (observed != observed_.end() && observed->packed_values == series.packed_values()) too = (observed++)->value;
    }
    collector.AddSeries(View(series, SumsOf(series), too, time));
  }
  for (; observed != observed_.end(); ++observed) collector.AddSeries(View(*observed));
  if (overflowed) collector.AddSeries(View(*overflow_, SumsOf(*overflow_), observed_overflow_, time));
}

MetricView Family::View(std::chrono::system_clock::time_point time) const noexcept {
  return {.name = name_,
          .unit = unit_,
          .help = help_,
          .kind = kind_,
          .label_names = labels_,
          .bounds = bounds_,
          .time = time,
          .observed = !observed_.empty()};
}

SeriesView Family::View(const Series& series, std::span<const std::uint64_t> sums, double observed,
                        std::chrono::system_clock::time_point time) noexcept {
  SeriesView view;
  view.packed_values = series.packed_values();
  view.plain = series.plain();
  view.overflow = series.overflow();
  view.start = series.start();
  const std::uint64_t last = sums.back();
  switch (kind_) {
    case Kind::kHistogram:
      SetBuckets(view, sums.first(sums.size() - 1));
      view.count = Activity(sums);
      // Taking doubles away from a sum of doubles, when a series is hidden, leaves a rounding error.
      view.sum = view.count == 0 ? 0 : std::bit_cast<double>(last);
      if (series.TakeExemplars(exemplars_, time)) view.exemplars = exemplars_;
      return view;
    case Kind::kCounter:
    case Kind::kUpDownCounter:
      if (whole_numbers_ && observed == 0) {
        view.integer = static_cast<std::int64_t>(last);
      } else if (whole_numbers_) {
        SetNumber(view, static_cast<double>(static_cast<std::int64_t>(last)) + observed);
      } else {
        const double number = std::bit_cast<double>(last);
        view.is_integer = false;
        // As for a histogram's sum.
        const bool nothing = kind_ == Kind::kCounter && (Activity(sums) == 0 || number < 0);
        view.number = observed + (nothing ? 0 : number);
      }
      return view;
    case Kind::kGauge:
      view.is_integer = false;
      view.number = std::bit_cast<double>(last) + observed;
      return view;
  }
  return view;
}

SeriesView Family::View(const ObservedSeries& observed) const noexcept {
  SeriesView view;
  view.packed_values = observed.packed_values;
  view.plain = IsPlain(observed.packed_values);
  view.start = start_;
  SetNumber(view, observed.value);
  return view;
}

void Family::SetBuckets(SeriesView& view, std::span<const std::uint64_t> counts) noexcept {
  view.bucket_counts = counts;
  if (!fine_) return;
  fine_->Split(counts, counts_);
  view.bucket_counts = counts_.explicit_counts;
  view.exponential = &counts_.exponential;
}

void Family::SetNumber(SeriesView& view, double number) const noexcept {
  view.is_integer = whole_numbers_ && std::abs(number) <= kExactIntegers && number == std::trunc(number);
  if (view.is_integer) {
    view.integer = static_cast<std::int64_t>(number);
  } else {
    view.number = number;
  }
}

FamilyStatistics Family::Statistics() const {
  FamilyStatistics statistics;
  statistics.series = table_.size() + observed_series_.load(kRelaxed);
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
