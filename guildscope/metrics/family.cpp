#include "guildscope/metrics/family.hpp"

#include <algorithm>
#include <functional>
#include <mutex>
#include <new>
#include <stdexcept>
#include <utility>

#include "guildscope/metrics/label_value.hpp"

namespace guildscope::metrics {
namespace {

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kCounter:
      return "counter";
    case Kind::kUpDownCounter:
      return "up-down counter";
    case Kind::kGauge:
      return "gauge";
    case Kind::kHistogram:
      return "histogram";
  }
  return "metric";
}

template <typename Strings>
std::string Join(const Strings& strings) {
  std::string joined;
  for (const auto& string : strings) joined.append(joined.empty() ? "" : ", ").append(string);
  return joined;
}

/// What a series of this kind needs; see Series. `bounds`: of what a histogram counts.
std::uint32_t CellsOf(const DescriptorView& descriptor, std::uint32_t bounds) {
  switch (descriptor.kind) {
    case Kind::kCounter:
      return descriptor.whole_numbers ? 1 : 2;
    case Kind::kUpDownCounter:
    case Kind::kGauge:
      break;
    case Kind::kHistogram:
      return bounds + 2;
  }
  return 2;
}

std::optional<internal::FineBuckets> FineBucketsOf(const DescriptorView& descriptor, const FamilyLimits& limits) {
  const bool wanted = descriptor.kind == Kind::kHistogram && limits.exponential;
  if (!wanted || !internal::FineBuckets::Suits(descriptor.buckets)) return std::nullopt;
  return internal::FineBuckets(descriptor.buckets);
}

}  // namespace

Family::Family(const DescriptorView& descriptor, std::string name, FamilyLimits limits, const Clock& clock,
               std::mutex& collecting)
    : name_(std::move(name)),
      unit_(descriptor.unit),
      help_(descriptor.help),
      kind_(descriptor.kind),
      whole_numbers_(descriptor.whole_numbers),
      labels_(descriptor.labels.begin(), descriptor.labels.end()),
      bounds_(descriptor.kind == Kind::kHistogram
                  ? std::vector<double>(descriptor.buckets.begin(), descriptor.buckets.end())
                  : std::vector<double>()),
      fine_(FineBucketsOf(descriptor, limits)),
      buckets_(fine_ ? fine_->bounds() : bounds_),
      limits_(limits),
      clock_(clock),
      start_(clock.Now()),
      owner_(SeriesOwner::Make(*this, CellsOf(descriptor, buckets_.bounds()), !descriptor.whole_numbers,
                               kind_ == Kind::kHistogram ? limits.exemplars : ExemplarFilter::kAlwaysOff,
                               static_cast<std::uint32_t>(bounds_.size()) + 1)),
      overflow_(Series::Make(owner_, "", start_, /*overflow=*/true)),
      epoch_(start_),
      collecting_(collecting),
      order_(limits.idle.count() > 0 && !keeps_level()),
      exemplars_(kind_ == Kind::kHistogram ? bounds_.size() + 1 : 0),
      counts_(fine_ ? fine_->MakeCounts() : internal::FineBuckets::Counts()) {}

Family::~Family() {
  // The last one first, so that what is freed is used again in its order, and new series lie side by side.
  std::vector<Series*> all;
  all.reserve(table_.size());
  table_.ForEach([&](Series& series) { all.push_back(&series); });
  std::ranges::sort(all, std::ranges::greater(), [](const Series* series) { return series->run().first; });
  for (Series* series : all) series->Release();
  overflow_->Release();
  SeriesOwner::Release(owner_);
}

void Family::CheckSame(const DescriptorView& descriptor) const {
  const auto conflict = [this](std::string_view what, std::string_view wanted, std::string_view taken) {
    throw std::invalid_argument("metric '" + name_ + "' is already registered with " + std::string(what) + " '" +
                                std::string(taken) + "', not '" + std::string(wanted) + "'");
  };
  if (descriptor.kind != kind_) conflict("kind", KindName(descriptor.kind), KindName(kind_));
  if (descriptor.unit != unit_) conflict("unit", descriptor.unit, unit_);
  if (descriptor.whole_numbers != whole_numbers_) {
    conflict("values", descriptor.whole_numbers ? "integer" : "double", whole_numbers_ ? "integer" : "double");
  }
  if (!std::equal(descriptor.labels.begin(), descriptor.labels.end(), labels_.begin(), labels_.end())) {
    conflict("labels", Join(descriptor.labels), Join(labels_));
  }
  if (kind_ == Kind::kHistogram &&
      !std::equal(descriptor.buckets.begin(), descriptor.buckets.end(), bounds_.begin(), bounds_.end())) {
    throw std::invalid_argument("metric '" + name_ + "' is already registered with other buckets");
  }
}

std::vector<std::string_view> Family::Clean(std::span<const std::string_view> values,
                                            std::vector<std::string>& storage) {
  std::vector<std::string_view> clean(values.begin(), values.end());
  storage.reserve(values.size());  // the views must not move
  for (std::string_view& value : clean) {
    if (IsCleanLabelValue(value)) continue;
    CleanedLabelValue cleaned = CleanLabelValue(value);
    if (cleaned.had_invalid_utf8) Bump(cleaned_labels_[static_cast<std::size_t>(CleanReason::kInvalidUtf8)]);
    if (cleaned.was_too_long) Bump(cleaned_labels_[static_cast<std::size_t>(CleanReason::kTooLong)]);
    value = storage.emplace_back(std::move(cleaned.value));
  }
  return clean;
}

Series* Family::Find(std::span<const std::string_view> values) const noexcept {
  if (Series* found = table_.Find(values)) [[likely]]
    return found;
  if (table_.size() < limits_.max_series) return nullptr;
  return std::ranges::all_of(values, IsCleanLabelValue) ? overflow_ : nullptr;
}

Series* Family::FindOrMake(std::span<const std::string_view> values) noexcept {
  if (Series* found = FindBound(values)) return found;
  try {
    std::vector<std::string> storage;
    const std::vector<std::string_view> clean = Clean(values, storage);
    if (!storage.empty()) {
      if (Series* found = FindBound(clean)) return found;
    }
    return Make(clean);
  } catch (const std::bad_alloc&) {
    overflow_->Retain();
    return overflow_;
  }
}

Series* Family::FindBound(std::span<const std::string_view> values) noexcept {
  const std::lock_guard lock(mutex_);
  Series* found = table_.Find(values);
  if (found == nullptr) return nullptr;
  found->Retain();
  if (found->hidden()) found->set_hidden(false);
  return found;
}

Series* Family::Make(std::span<const std::string_view> values) {
  const std::lock_guard lock(mutex_);
  Series* series = table_.Find(values);  // another thread may have made it since
  if (series != nullptr) {
    if (series->hidden()) series->set_hidden(false);
  } else if (table_.size() < limits_.max_series) {
    table_.Reserve();
    if (new_.size() == new_.capacity()) new_.reserve(std::max<std::size_t>(4, 2 * new_.size()));
    series = Series::Make(owner_, PackValues(values), epoch_, /*overflow=*/false);
    new_.push_back(internal::RefOf(series));
    table_.Insert(*series);
  } else {
    series = overflow_;
  }
  series->Retain();
  return series;
}

}  // namespace guildscope::metrics
