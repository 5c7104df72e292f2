#include "guildscope/metrics/registry.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <stdexcept>
#include <vector>

#include "guildscope/metrics/family.hpp"
#include "guildscope/metrics/names.hpp"
#include "guildscope/metrics/observation.hpp"
#include "guildscope/metrics/self_metrics.hpp"
#include "guildscope/metrics/snapshot_collector.hpp"

namespace guildscope::metrics {
namespace {

/// Takes the values of one callback, so that one that fails half-way leaves nothing behind.
class CallbackValues final : public RawObserver {
 public:
  explicit CallbackValues(Family& family) noexcept : family_(family) {}
  void Observe(std::span<const std::string_view> values, double value) override {
    family_.Observe(observed_, values, value);
  }
  void MoveInto(ObservedValues& all) {
    for (const auto& [values, value] : observed_) all[values] += value;
  }

 private:
  Family& family_;
  ObservedValues observed_;
};

}  // namespace

struct Registry::Impl {
  Impl(RegistryOptions registry_options, const Clock& registry_clock)
      : options(std::move(registry_options)), clock(registry_clock) {}

  Family& FindOrMake(const DescriptorView& descriptor);
  std::vector<Family*> Families() const;
  std::vector<std::shared_ptr<Observation>> Observations();
  std::map<Family*, ObservedValues> RunCallbacks();

  const RegistryOptions options;
  const Clock& clock;
  std::mutex collecting;  // see Family

  mutable std::shared_mutex mutex;
  std::map<std::string, std::unique_ptr<Family>, std::less<>> families;  // guarded by mutex; never erased
  NameTable names;                                                       // guarded by mutex
  std::vector<std::shared_ptr<Observation>> observations;                // guarded by mutex
  std::optional<SelfMetrics> self_metrics;                               // set once, by the constructor
};

Family& Registry::Impl::FindOrMake(const DescriptorView& descriptor) {
  const std::string name = FullName(descriptor.name, options.prefix);
  {
    const std::shared_lock lock(mutex);
    if (const auto found = families.find(name); found != families.end()) {
      found->second->CheckSame(descriptor);
      return *found->second;
    }
  }
  CheckDescriptor(descriptor, name);
  const std::unique_lock lock(mutex);
  if (const auto found = families.find(name); found != families.end()) {
    found->second->CheckSame(descriptor);
    return *found->second;
  }
  names.Claim(name, descriptor);
  const auto limit = options.max_series_overrides.find(name);
  const FamilyLimits limits{
      .max_series = limit == options.max_series_overrides.end() ? options.max_series_per_metric : limit->second,
      .idle = options.idle,
      .exemplars = options.exemplars,
      .exponential = options.exponential_histograms};
  auto family = std::make_unique<Family>(descriptor, name, limits, clock, collecting);
  return *families.emplace(name, std::move(family)).first->second;
}

std::vector<Family*> Registry::Impl::Families() const {
  const std::shared_lock lock(mutex);
  std::vector<Family*> all;
  all.reserve(families.size());
  for (const auto& [name, family] : families) all.push_back(family.get());
  return all;
}

std::vector<std::shared_ptr<Observation>> Registry::Impl::Observations() {
  // Copied first: asking an observation whether it was cancelled waits for its callback, and no lock is held meanwhile.
  std::vector<std::shared_ptr<Observation>> all;
  {
    const std::shared_lock lock(mutex);
    all = observations;
  }
  std::vector<std::shared_ptr<Observation>> ended;
  for (const auto& observation : all) {
    if (observation->cancelled()) ended.push_back(observation);
  }
  if (!ended.empty()) {
    const std::unique_lock lock(mutex);
    std::erase_if(observations, [&](const auto& observation) { return std::ranges::count(ended, observation) != 0; });
  }
  return all;
}

std::map<Family*, ObservedValues> Registry::Impl::RunCallbacks() {
  std::map<Family*, ObservedValues> observed;
  for (const auto& observation : Observations()) {
    Family& family = observation->family();
    CallbackValues values(family);
    try {
      if (observation->Run(values)) values.MoveInto(observed[&family]);
    } catch (...) {
      family.CountCallbackError();
    }
  }
  return observed;
}

Registry::Registry(RegistryOptions options, const Clock& clock) {
  CheckPrefix(options.prefix);
  impl_ = std::make_unique<Impl>(std::move(options), clock);
  impl_->self_metrics.emplace([this](const DescriptorView& descriptor) -> Family& { return Find(descriptor); });
}

Registry::~Registry() = default;

Family& Registry::Find(const DescriptorView& descriptor) { return impl_->FindOrMake(descriptor); }

Subscription Registry::AddObservation(const DescriptorView& descriptor, std::function<void(RawObserver&)> observe) {
  auto observation = std::make_shared<Observation>(impl_->FindOrMake(descriptor), std::move(observe));
  const std::unique_lock lock(impl_->mutex);
  impl_->observations.push_back(observation);
  // The registry forgets it at its next collection, so a subscription may outlive the registry.
  return Subscription([observation] { observation->Cancel(); });
}

std::size_t Registry::RemoveSeries(std::string_view label, std::string_view value, Collector* last) {
  std::size_t removed = 0;
  for (Family* family : impl_->Families()) removed += family->RemoveMatching(label, value, last);
  return removed;
}

void Registry::Collect(Collector& collector) {
  std::map<Family*, ObservedValues> observed = impl_->RunCallbacks();
  const std::lock_guard lock(impl_->collecting);
  const auto time = impl_->clock.Now();
  const std::vector<Family*> families = impl_->Families();
  for (Family* family : families) family->TakeNewSeries();
  const auto sums = internal::CellReader().ReadAll();

  const auto begin = [&](Family& family) {
    const auto values = observed.find(&family);
    family.BeginCollection(sums.get(), values == observed.end() ? nullptr : &values->second);
  };
  const SelfMetrics& self_metrics = *impl_->self_metrics;
  for (Family* family : families) {
    if (self_metrics.Contains(*family)) continue;
    begin(*family);
    self_metrics.Observe(*family, observed);
  }
  for (Family* family : self_metrics.Families()) begin(*family);
  for (Family* family : families) family->Tell(collector, time);
  // After the values were told: what is removed here has been seen as it was at its end.
  for (Family* family : families) family->FinishCollection();
}

Snapshot Registry::Collect() {
  SnapshotCollector collector;
  Collect(collector);
  Snapshot snapshot = collector.Take();
  if (snapshot.time == decltype(snapshot.time)()) snapshot.time = impl_->clock.Now();
  return snapshot;
}

const RegistryOptions& Registry::options() const noexcept { return impl_->options; }

}  // namespace guildscope::metrics
