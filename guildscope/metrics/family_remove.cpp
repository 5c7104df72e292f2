#include <algorithm>
#include <bit>
#include <mutex>
#include <new>
#include <utility>

#include "guildscope/metrics/family.hpp"
#include "guildscope/metrics/label_value.hpp"

/// The half of Family that takes series away. A series that nobody is bound to is unlinked from the table, and freed
/// when no look-up can be using it any more. One with handles is hidden. Either way nothing is lost without a trace:
/// what it held when it was removed, and what is recorded from then on, are told apart to the last write.
namespace guildscope::metrics {

using internal::CellReader;

std::uint64_t Family::Activity(std::span<const std::uint64_t> sums) noexcept {
  std::uint64_t activity = sums[0];
  for (std::size_t i = 1; i + 1 < sums.size(); ++i) activity += sums[i];
  return activity;
}

std::span<const std::uint64_t> Family::SumsOf(const Series& series) const noexcept {
  const internal::CellRun run = series.run();
  return {sums_ + run.first, run.size};
}

void Family::Subtract(const CellReader& reader, const Series& series, std::span<const std::uint64_t> sums) noexcept {
  internal::CellRun run = series.run();
  if (kind_ == Kind::kGauge) {
    // Not a count: each write stores a one.
    internal::shared_cells[run.first].store(0, std::memory_order_relaxed);
    return;
  }
  if (kind_ == Kind::kUpDownCounter) run = {.first = run.first, .size = 1, .ends_in_double = false};
  reader.Subtract(run, sums.first(run.size));
}

/// True when the family was the only one to refer to it. Under mutex_.
bool Family::Unlink(Series& series) noexcept {
  if (!series.Unbound()) return false;
  table_.Erase(series);
  return true;
}

/// There is room in the list.
void Family::List(Series& series) noexcept {
  if (!series.listed()) hidden_.push_back(&series);
  series.set_listed(true);
}

bool Family::Remove(std::span<const std::string_view> values) noexcept {
  const std::lock_guard collecting(collecting_);
  std::vector<std::string> storage;
  const std::vector<std::string_view> clean = Clean(values, storage);
  TakeNewSeries();
  Series* series = table_.Find(clean);
  return series != nullptr && RemoveAll({&series, 1}, nullptr) != 0;
}

std::size_t Family::RemoveMatching(std::string_view label, std::string_view value, Collector* last) {
  const auto position = std::find(labels_.begin(), labels_.end(), label);
  if (position == labels_.end()) return 0;
  const auto index = static_cast<std::size_t>(position - labels_.begin());
  const std::string clean = IsCleanLabelValue(value) ? std::string(value) : CleanLabelValue(value).value;

  const std::lock_guard collecting(collecting_);
  TakeNewSeries();
  std::vector<Series*> matching;
  for (std::size_t i = 0; i < order_.size(); ++i) {
    order_.PrefetchBehind(i);
    if (PackedValue(order_[i].packed_values(), index) == clean) matching.push_back(&order_[i]);
  }
  return matching.empty() ? 0 : RemoveAll(matching, last);
}

std::size_t Family::RemoveAll(std::span<Series* const> removed, Collector* last) {
  struct Ended {
    Series* series;
    bool was_hidden;
    bool unlinked;
  };
  std::vector<Ended> all;
  all.reserve(removed.size());
  std::vector<const Series*> unlinked;
  unlinked.reserve(removed.size());
  hidden_.reserve(hidden_.size() + removed.size());
  std::chrono::system_clock::time_point epoch;
  {
    const std::lock_guard lock(mutex_);
    epoch = epoch_ = clock_.Now();
    for (Series* series : removed) {
      all.push_back({.series = series, .was_hidden = series->hidden(), .unlinked = Unlink(*series)});
      if (all.back().unlinked) unlinked.push_back(series);
      if (!all.back().unlinked) series->set_hidden(true);
    }
  }
  if (!unlinked.empty()) internal::Synchronize();

  std::size_t visible = 0;
  std::vector<std::uint64_t> sums(overflow_->run().size);
  for (const auto& [series, was_hidden, is_unlinked] : all) {
    {
      const CellReader reader;
      reader.Read(series->run(), sums);
      // A sum whose count is not there yet belongs to what comes.
      if (!is_unlinked && Activity(sums) != 0) Subtract(reader, *series, sums);
    }
    const bool was_visible = !was_hidden || Activity(sums) != 0;
    if (was_visible && last != nullptr) {
      if (visible == 0) last->BeginMetric(View(epoch));
      last->AddSeries(View(*series, sums, /*observed=*/0, epoch));
    }
    visible += was_visible ? 1 : 0;
    if (!is_unlinked) {
      series->set_start(epoch);
      List(*series);
    }
  }
  removed_series_.fetch_add(visible, std::memory_order_relaxed);

  std::ranges::sort(unlinked);
  std::erase_if(hidden_, [&](const Series* series) { return std::ranges::binary_search(unlinked, series); });
  const CellReader reader;
  for (const auto& ended : all) {
    if (ended.unlinked) ended.series->Destroy(reader);
  }
  order_.Erase(std::move(unlinked));
  return visible;
}

void Family::FinishCollection() {
  std::vector<Series*> unlinked;
  unlinked.reserve(hidden_.size());
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(hidden_, [&](Series* series) {
      if (series->hidden() && !Unlink(*series)) return false;
      if (series->hidden()) unlinked.push_back(series);
      series->set_listed(false);
      return true;
    });
  }
  if (limits_.idle.count() > 0 && !keeps_level()) RemoveIdle(unlinked);
  if (!unlinked.empty()) FreeUnlinked(unlinked);
  FreeOutgrownTables();
  observed_.clear();
  sums_ = nullptr;
}

void Family::RemoveIdle(std::vector<Series*>& unlinked) {
  const auto now = clock_.SteadyNow();
  for (std::size_t i = 0; i < order_.size(); ++i) {
    Series& series = order_[i];
    SeriesOrder::Watch& watch = order_.watch(i);
    if (series.hidden()) {
      watch = {};
      continue;
    }
    const std::uint64_t activity = Activity(SumsOf(series));
    if (watch.since == decltype(watch.since)() || watch.activity != activity) {
      watch = {.activity = activity, .since = now};
    } else if (now - watch.since >= limits_.idle && !series.listed()) {
      watch = {};
      EndIdle(series, unlinked);
    }
  }
}

void Family::EndIdle(Series& series, std::vector<Series*>& unlinked) {
  unlinked.push_back(&series);
  hidden_.reserve(hidden_.size() + 1);
  const auto start = series.start();
  {
    const std::lock_guard lock(mutex_);
    epoch_ = clock_.Now();
    if (Unlink(series)) return;
    series.set_hidden(true);
    series.set_start(epoch_);
  }
  unlinked.pop_back();
  const CellReader reader;
  std::vector<std::uint64_t> sums(overflow_->run().size);
  reader.Read(series.run(), sums);
  if (Activity(sums) == Activity(SumsOf(series))) {
    Subtract(reader, series, SumsOf(series));
    List(series);
    Bump(removed_series_);
  } else {  // written since it was told
    series.set_start(start);
    series.set_hidden(false);
  }
}

void Family::FreeUnlinked(const std::vector<Series*>& unlinked) {
  internal::Synchronize();
  std::vector<const Series*> freed;
  freed.reserve(unlinked.size());
  std::vector<std::uint64_t> sums(overflow_->run().size);
  for (Series* series : unlinked) {
    const CellReader reader;
    reader.Read(series->run(), sums);
    const bool was_hidden = series->hidden();
    // A look-up that had found it before it was unlinked.
    const bool written = Activity(sums) != Activity(SumsOf(*series));
    if (written && Relink(*series)) continue;
    if (written) MoveUnseen(reader, *series, sums);
    if (!was_hidden) Bump(removed_series_);
    series->Destroy(reader);
    freed.push_back(series);
  }
  order_.Erase(std::move(freed));
}

bool Family::Relink(Series& series) {
  const std::lock_guard lock(mutex_);
  if (table_.size() >= limits_.max_series || FindPacked(series.packed_values()) != nullptr) return false;
  try {
    table_.Reserve();
  } catch (const std::bad_alloc&) {
    return false;
  }
  series.set_hidden(false);
  table_.Insert(series);
  return true;
}

/// What was recorded since the series was told goes to the one that has taken its place, or to the overflow series.
void Family::MoveUnseen(const CellReader& reader, const Series& series, std::span<std::uint64_t> sums) {
  Series* heir = nullptr;
  {
    const std::lock_guard lock(mutex_);
    heir = FindPacked(series.packed_values());
  }
  if (heir == nullptr) {
    heir = overflow_;
    CountFolded();
  }
  const internal::CellRun run = heir->run();
  if (kind_ == Kind::kGauge) {
    // Whose write was the last one is open: they were made at the same time.
    if (heir == overflow_) internal::shared_cells[run.last()].store(sums.back(), std::memory_order_relaxed);
    return;
  }
  const std::span<const std::uint64_t> told = SumsOf(series);
  const bool was_told = keeps_level() || Activity(told) != 0;
  for (std::size_t i = 0; was_told && i < sums.size(); ++i) {
    if (run.ends_in_double && i + 1 == sums.size()) {
      sums[i] = std::bit_cast<std::uint64_t>(std::bit_cast<double>(sums[i]) - std::bit_cast<double>(told[i]));
    } else {
      sums[i] -= told[i];
    }
  }
  reader.Add(run, sums);
}

Series* Family::FindPacked(std::string_view packed) const {
  const std::vector<std::string> values = UnpackValues(packed, labels_.size());
  return table_.Find(std::vector<std::string_view>(values.begin(), values.end()));
}

void Family::FreeOutgrownTables() {
  std::vector<std::unique_ptr<SeriesTable::Slots>> outgrown;
  {
    const std::lock_guard lock(mutex_);
    outgrown = table_.TakeOutgrown();
  }
  if (!outgrown.empty()) internal::Synchronize();
}

}  // namespace guildscope::metrics
