#include "guildscope/metrics/instruments.hpp"

#include "guildscope/metrics/family.hpp"
#include "guildscope/metrics/series.hpp"

namespace guildscope::metrics::internal {
namespace {

using Values = std::span<const std::string_view>;

/// Calls record(series) with the series of these labels.
template <typename Record>
void WithSeries(Family& family, Values values, Record record) noexcept {
  {
    const ReadSection section;
    if (section) [[likely]] {
      if (Series* series = family.Find(values)) [[likely]]
        return record(series);
    }
  }
  Series* series = family.FindOrMake(values);
  record(series);
  series->Release();
}

/// Calls record(recorder, run) with where this thread records into the series.
template <typename Record>
void RecordSlowly(Series* series, Record record) noexcept {
  if (series == nullptr) return;
  const CellRun run = series->run();
  if (series->overflow()) series->family().CountFolded();
  record(Recorder(run), run);
}

template <typename Amount>
void AddSlow(Series* series, Amount amount) noexcept {
  RecordSlowly(series, [amount](const Recorder& recorder, const CellRun& run) {
    recorder.Add(run.size - 1, amount);
    recorder.Count(0);
  });
}

}  // namespace

void Retain(Series* series) noexcept { series->Retain(); }
void Release(Series* series) noexcept { series->Release(); }

Binding Bind(Family& family, Values values) noexcept {
  Series* series = family.FindOrMake(values);
  return {series, series->bound_cell()};
}

Binding BindHistogram(Family& family, Values values) noexcept {
  Series* series = family.FindOrMake(values);
  return {series, series->histogram_cell()};
}

bool Remove(Family& family, Values values) noexcept { return family.Remove(values); }

void AddCount(Family& family, Values values, std::uint64_t amount) noexcept {
  WithSeries(family, values, [amount](Series* series) { AddCount(series, series->bound_cell(), amount); });
}

void AddLevel(Family& family, Values values, std::int64_t amount) noexcept {
  WithSeries(family, values, [amount](Series* series) { AddLevel(series, series->bound_cell(), amount); });
}

void AddNumber(Family& family, Values values, double amount) noexcept {
  WithSeries(family, values, [amount](Series* series) { AddNumber(series, series->bound_cell(), amount); });
}

void AddPositiveNumber(Family& family, Values values, double amount) noexcept {
  WithSeries(family, values, [amount](Series* series) { AddPositiveNumber(series, series->bound_cell(), amount); });
}

void SetGauge(Family& family, Values values, double value) noexcept {
  WithSeries(family, values, [value](Series* series) { SetGauge(series, series->bound_cell(), value); });
}

void RecordValue(Family& family, Values values, double value) noexcept {
  WithSeries(family, values, [value, &family](Series* series) {
    RecordValue(series, series->histogram_cell(), &family.buckets(), value);
  });
}

void AddCountSlow(Series* series, std::uint64_t amount) noexcept {
  RecordSlowly(series, [amount](const Recorder& recorder, const CellRun&) { recorder.Add(0, amount); });
}

void AddLevelSlow(Series* series, std::int64_t amount) noexcept { AddSlow(series, static_cast<std::uint64_t>(amount)); }

void AddNumberSlow(Series* series, double amount) noexcept { AddSlow(series, amount); }

void SetGaugeSlow(Series* series, double value) noexcept {
  if (series == nullptr) return;
  series->family().CountFolded();  // only the overflow series comes here
  SetGauge(series, series->run().last(), value);
}

void AddGaugeSlow(Series* series, double amount) noexcept {
  if (series == nullptr) return;
  series->family().CountFolded();
  AddGauge(series, series->run().last(), amount);
}

void RecordSlow(Series* series, double value) noexcept {
  RecordSlowly(series, [series, value](const Recorder& recorder, const CellRun& run) {
    const Family& family = series->family();
    const std::uint32_t bucket = family.buckets().Find(value);
    recorder.Add(run.size - 1, value);
    recorder.Count(bucket);
    series->OfferExemplar(family.ExplicitBucket(bucket), value, family.clock());
  });
}

void CountNegative(Series* series) noexcept {
  if (series != nullptr) series->family().CountDropped(DropReason::kNegative);
}

void CountNotFinite(Series* series) noexcept {
  if (series != nullptr) series->family().CountDropped(DropReason::kNotFinite);
}

std::uint64_t ReadLast(const Series* series) noexcept {
  if (series == nullptr) return 0;
  const CellRun run = series->run();
  return CellReader().ReadCell(run, run.size - 1);
}

std::uint64_t ReadActivity(const Series* series) noexcept {
  if (series == nullptr) return 0;
  const CellRun run = series->run();
  const CellReader reader;
  std::uint64_t activity = 0;
  for (std::uint32_t i = 0; i + 1 < run.size; ++i) activity += reader.ReadCell(run, i);
  return activity;
}

const BucketFinder& BucketsOf(const Family& family) noexcept { return family.buckets(); }

}  // namespace guildscope::metrics::internal
