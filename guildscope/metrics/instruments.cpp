#include "guildscope/metrics/instruments.hpp"

#include "guildscope/metrics/family.hpp"
#include "guildscope/metrics/series.hpp"

namespace guildscope::metrics {
namespace internal {

void Retain(Series* series) noexcept { series->Retain(); }

void Release(Series* series) noexcept {
  if (series->Release()) delete series;
}

Series* FindOrMake(Family& family, std::span<const std::string_view> values) noexcept {
  return family.FindOrMake(values);
}

bool Remove(Family& family, std::span<const std::string_view> values) noexcept { return family.Remove(values); }

}  // namespace internal

void Counter::Add(std::uint64_t amount) noexcept {
  if (Series* series = series_.get()) series->AddCount(amount);
}

std::uint64_t Counter::Value() const noexcept { return series_.get() == nullptr ? 0 : series_.get()->Count(); }

void UpDownCounter::Add(std::int64_t amount) noexcept {
  if (Series* series = series_.get()) series->AddLevel(amount);
}

std::int64_t UpDownCounter::Value() const noexcept {
  return series_.get() == nullptr ? 0 : static_cast<std::int64_t>(series_.get()->Count());
}

void Gauge::Set(double value) noexcept {
  if (Series* series = series_.get()) series->SetValue(value);
}

void Gauge::Add(double amount) noexcept {
  if (Series* series = series_.get()) series->AddValue(amount);
}

double Gauge::Value() const noexcept { return series_.get() == nullptr ? 0 : series_.get()->Value(); }

void Histogram::Record(double value) noexcept {
  if (Series* series = series_.get()) series->Record(value);
}

std::uint64_t Histogram::Count() const noexcept {
  return series_.get() == nullptr ? 0 : series_.get()->HistogramCount();
}

double Histogram::Sum() const noexcept { return series_.get() == nullptr ? 0 : series_.get()->Value(); }

}  // namespace guildscope::metrics
