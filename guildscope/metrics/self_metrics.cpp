#include "guildscope/metrics/self_metrics.hpp"

#include <algorithm>
#include <string_view>

#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::metrics {
namespace {

enum Index { kSeries, kLimit, kFolded, kRemoved, kDropped, kChanged, kErrors };

constexpr std::array<std::string_view, 2> kDropReasons{"negative", "not_finite"};
constexpr std::array<std::string_view, 2> kCleanReasons{"invalid_utf8", "too_long"};

}  // namespace

SelfMetrics::SelfMetrics(const std::function<Family&(const DescriptorView&)>& find)
    : families_{&find(catalogue::kMetricsSeries),        &find(catalogue::kMetricsSeriesLimit),
                &find(catalogue::kMetricsFoldedWrites),  &find(catalogue::kMetricsRemovedSeries),
                &find(catalogue::kMetricsDroppedValues), &find(catalogue::kMetricsChangedLabels),
                &find(catalogue::kMetricsCallbackErrors)} {}

bool SelfMetrics::Contains(const Family& family) const noexcept {
  return std::ranges::find(families_, &family) != families_.end();
}

void SelfMetrics::Observe(const Family& family, std::map<Family*, ObservedValues>& observed) const {
  const FamilyStatistics statistics = family.Statistics();
  const auto add = [&](Index index, std::vector<std::string> labels, std::uint64_t value) {
    observed[families_[index]][std::move(labels)] = static_cast<double>(value);
  };
  const std::string& name = family.name();
  if (family.has_labels()) {
    add(kSeries, {name}, statistics.series);
    add(kLimit, {name}, family.max_series());
    add(kFolded, {name}, statistics.folded_writes);  // from 0 on, so that the first one is an increase
  }
  if (statistics.removed_series != 0) add(kRemoved, {name}, statistics.removed_series);
  if (statistics.callback_errors != 0) add(kErrors, {name}, statistics.callback_errors);
  for (std::size_t i = 0; i < kDropReasons.size(); ++i) {
    if (statistics.dropped_values[i] == 0) continue;
    add(kDropped, {name, std::string(kDropReasons[i])}, statistics.dropped_values[i]);
  }
  for (std::size_t i = 0; i < kCleanReasons.size(); ++i) {
    if (statistics.cleaned_labels[i] == 0) continue;
    add(kChanged, {name, std::string(kCleanReasons[i])}, statistics.cleaned_labels[i]);
  }
}

}  // namespace guildscope::metrics
