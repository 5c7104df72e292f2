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

}  // namespace

Family::Family(const DescriptorView& descriptor, std::string name, FamilyLimits limits, const Clock& clock)
    : name_(std::move(name)),
      unit_(descriptor.unit),
      help_(descriptor.help),
      kind_(descriptor.kind),
      labels_(descriptor.labels.begin(), descriptor.labels.end()),
      bounds_(descriptor.kind == Kind::kHistogram
                  ? std::vector<double>(descriptor.buckets.begin(), descriptor.buckets.end())
                  : std::vector<double>()),
      limits_(limits),
      clock_(clock),
      start_(clock.Now()),
      epoch_(start_),
      overflow_(new Series(*this, "", 0, start_, /*overflow=*/true)) {}

Family::~Family() {
  for (Series* series : series_) {
    if (series->Release()) delete series;
  }
  if (overflow_->Release()) delete overflow_;
}

void Family::CheckSame(const DescriptorView& descriptor) const {
  const auto conflict = [this](std::string_view what, std::string_view wanted, std::string_view taken) {
    throw std::invalid_argument("metric '" + name_ + "' is already registered with " + std::string(what) + " '" +
                                std::string(taken) + "', not '" + std::string(wanted) + "'");
  };
  if (descriptor.kind != kind_) conflict("kind", KindName(descriptor.kind), KindName(kind_));
  if (descriptor.unit != unit_) conflict("unit", descriptor.unit, unit_);
  if (!std::equal(descriptor.labels.begin(), descriptor.labels.end(), labels_.begin(), labels_.end())) {
    conflict("labels", Join(descriptor.labels), Join(labels_));
  }
  if (kind_ == Kind::kHistogram &&
      !std::equal(descriptor.buckets.begin(), descriptor.buckets.end(), bounds_.begin(), bounds_.end())) {
    throw std::invalid_argument("metric '" + name_ + "' is already registered with other buckets");
  }
}

std::size_t Family::SeriesHash::operator()(std::span<const std::string_view> values) const noexcept {
  std::size_t hash = values.size();
  for (const std::string_view value : values) {
    hash = (hash ^ std::hash<std::string_view>()(value)) * 0x9E3779B97F4A7C15ULL;
  }
  return hash;
}

bool Family::SeriesEqual::operator()(const Series* series, std::span<const std::string_view> values) const noexcept {
  std::string_view rest = series->packed_values();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) {
      if (rest.empty() || rest.front() != kValueSeparator) return false;
      rest.remove_prefix(1);
    }
    if (!rest.starts_with(values[i])) return false;
    rest.remove_prefix(values[i].size());
  }
  return rest.empty();
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
  const std::shared_lock lock(mutex_);
  const auto found = series_.find(values);
  if (found == series_.end()) return nullptr;
  (*found)->Retain();
  if ((*found)->hidden()) (*found)->Show();
  return *found;
}

Series* Family::Make(std::span<const std::string_view> values) {
  const std::unique_lock lock(mutex_);
  const auto found = series_.find(values);  // another thread may have made it since
  Series* series = overflow_;
  if (found != series_.end()) {
    series = *found;
    series->Show();
  } else if (series_.size() < limits_.max_series) {
    auto made = std::make_unique<Series>(*this, PackValues(values), SeriesHash()(values), epoch_, false);
    series_.insert(made.get());
    series = made.release();
  }
  series->Retain();
  return series;
}

Family::Table::iterator Family::RemoveAt(Table::iterator position) noexcept {
  Series* series = *position;
  if (!series->hidden()) Bump(removed_series_);
  epoch_ = clock_.Now();
  if (!series->Unbound()) {
    series->Hide(epoch_);
    return std::next(position);
  }
  const auto next = series_.erase(position);
  delete series;
  return next;
}

bool Family::Remove(std::span<const std::string_view> values) noexcept {
  std::vector<std::string> storage;
  const std::vector<std::string_view> clean = Clean(values, storage);
  const std::unique_lock lock(mutex_);
  const auto found = series_.find(std::span(clean));
  if (found == series_.end()) return false;
  const bool was_visible = (*found)->Visible();
  RemoveAt(found);
  return was_visible;
}

std::size_t Family::RemoveMatching(std::string_view label, std::string_view value) {
  const auto position = std::find(labels_.begin(), labels_.end(), label);
  if (position == labels_.end()) return 0;
  const auto index = static_cast<std::size_t>(position - labels_.begin());
  const std::string clean = IsCleanLabelValue(value) ? std::string(value) : CleanLabelValue(value).value;

  const std::unique_lock lock(mutex_);
  std::size_t removed = 0;
  for (auto it = series_.begin(); it != series_.end();) {
    if (PackedValue((*it)->packed_values(), index) != clean) {
      ++it;
      continue;
    }
    removed += (*it)->Visible() ? 1 : 0;
    it = RemoveAt(it);
  }
  return removed;
}

}  // namespace guildscope::metrics
