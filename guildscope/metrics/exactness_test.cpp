#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <numeric>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "guildscope/metrics/packed_values.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/testing/fake_clock.hpp"

/// Whatever threads, collections and removals do at once: what is told adds up to what was recorded, to the last write.
namespace guildscope::metrics {
namespace {

constexpr CounterDescriptor<1> kJobs{"{prefix}.jobs", "{job}", "Jobs.", {"guild_id"}};
constexpr CounterDescriptor<1, double> kBusy{"{prefix}.busy", "s", "Time spent.", {"guild_id"}};
constexpr UpDownCounterDescriptor<1> kRunning{"{prefix}.running", "{job}", "Running jobs.", {"guild_id"}};
constexpr HistogramDescriptor<1> kWait{"{prefix}.wait", "s", "Waits.", {"guild_id"}};

constexpr int kThreads = 16;
constexpr int kGenerations = 3;  // of threads that come after each other
constexpr int kRounds = 1'000;

/// What was recorded, or what was told.
struct Totals {
  std::int64_t jobs = 0;
  double busy = 0;
  std::int64_t running = 0;
  std::uint64_t waits = 0;
  double waited = 0;

  Totals& operator+=(const Totals& other) {
    jobs += other.jobs;
    busy += other.busy;
    running += other.running;
    waits += other.waits;
    waited += other.waited;
    return *this;
  }
  bool operator==(const Totals&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Totals& totals) {
  return out << totals.jobs << " jobs, " << totals.busy << " s busy, " << totals.running << " running, " << totals.waits
             << " waits, " << totals.waited << " s waited";
}

class Adder final : public Collector {
 public:
  void BeginMetric(const MetricView& metric) override { name_ = metric.name; }
  void AddSeries(const SeriesView& series) override {
    if (name_ == "bot.jobs") totals.jobs += series.integer;
    if (name_ == "bot.busy") totals.busy += series.number;
    if (name_ == "bot.running") totals.running += series.integer;
    if (name_ != "bot.wait") return;
    totals.waits += series.count;
    totals.waited += series.sum;
    consistent = consistent && CountsTheSame(series);
    exponential_waits += series.exponential != nullptr ? series.count : 0;
  }
  Totals totals;
  bool consistent = true;  // the buckets of every histogram add up to its count
  std::uint64_t exponential_waits = 0;

 private:
  [[nodiscard]] static std::uint64_t Sum(std::span<const std::uint64_t> counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  }
  [[nodiscard]] static bool CountsTheSame(const SeriesView& series) {
    const ExponentialBuckets* exponential = series.exponential;
    return Sum(series.bucket_counts) == series.count &&
           (exponential == nullptr || exponential->zero_count + Sum(exponential->positive) == series.count);
  }

  std::string name_;
};

/// Records at random, through a handle or not. Doubles are sums of quarters, which are exact.
class Worker {
 public:
  Worker(Registry& registry, unsigned seed) : registry_(registry), random_(seed) {}

  Totals Run() {
    Totals recorded;
    for (int round = 0; round < kRounds; ++round) recorded += Record(std::to_string(random_() % 8));
    return recorded;
  }

 private:
  Totals Record(const std::string& guild) {
    const bool bound = random_() % 2 == 0;
    const auto amount = static_cast<std::int64_t>(random_() % 5);
    const double quarters = static_cast<double>(amount) / 4;
    switch (random_() % 4) {
      case 0:
        bound ? registry_.Get(kJobs).Bind({guild}).Add(static_cast<std::uint64_t>(amount))
              : registry_.Get(kJobs).Add(static_cast<std::uint64_t>(amount), {guild});
        return {.jobs = amount};
      case 1:
        bound ? registry_.Get(kBusy).Bind({guild}).Add(quarters) : registry_.Get(kBusy).Add(quarters, {guild});
        return {.busy = quarters};
      case 2:
        // One series that is never removed: a level is not told as what was recorded when it is.
        bound ? registry_.Get(kRunning).Bind({"all"}).Add(amount - 2)
              : registry_.Get(kRunning).Add(amount - 2, {"all"});
        return {.running = amount - 2};
      default:
        bound ? registry_.Get(kWait).Bind({guild}).Record(quarters) : registry_.Get(kWait).Record(quarters, {guild});
        return {.waits = 1, .waited = quarters};
    }
  }

  Registry& registry_;
  std::minstd_rand random_;
};

/// Generations of threads record; `meanwhile(i)` is repeated on a thread for each i below `others`. Returns what was
/// recorded.
template <typename Meanwhile>
Totals RecordOnManyThreads(Registry& registry, int others, Meanwhile meanwhile) {
  std::atomic<bool> done{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < others; ++i) {
    busy.emplace_back([&, i] {
      while (!done) meanwhile(i);
    });
  }
  Totals recorded;
  for (int generation = 0; generation < kGenerations; ++generation) {
    std::vector<Totals> by_thread(kThreads);
    std::vector<std::thread> workers;
    for (int i = 0; i < kThreads; ++i) {
      workers.emplace_back([&, i] {
        by_thread[static_cast<std::size_t>(i)] =
            Worker(registry, static_cast<unsigned>(generation * kThreads + i)).Run();
      });
    }
    for (auto& worker : workers) worker.join();
    for (const Totals& totals : by_thread) recorded += totals;
  }
  done = true;
  for (auto& other : busy) other.join();
  return recorded;
}

/// With and without exponential buckets.
class Exactness : public ::testing::TestWithParam<bool> {
 protected:
  [[nodiscard]] static Totals Told(Registry& registry) {
    Adder adder;
    registry.Collect(adder);
    EXPECT_TRUE(adder.consistent);
    EXPECT_EQ(adder.exponential_waits, GetParam() ? adder.totals.waits : 0);
    return adder.totals;
  }
};

INSTANTIATE_TEST_SUITE_P(Histograms, Exactness, ::testing::Bool(),
                         [](const auto& chosen) { return std::string(chosen.param ? "Exponential" : "Explicit"); });

TEST_P(Exactness, HoldsWhileThreadsComeAndGoAndOthersCollect) {
  Registry registry({.prefix = "bot", .exponential_histograms = GetParam()});
  const Totals recorded = RecordOnManyThreads(registry, 2, [&](int) { static_cast<void>(Told(registry)); });
  EXPECT_EQ(Told(registry), recorded);
}

TEST_P(Exactness, HoldsWhileSeriesAreFolded) {
  Registry registry({.prefix = "bot", .max_series_per_metric = 3, .exponential_histograms = GetParam()});
  const Totals recorded = RecordOnManyThreads(registry, 1, [&](int) { static_cast<void>(Told(registry)); });
  EXPECT_EQ(Told(registry), recorded);
}

TEST_P(Exactness, HoldsWhileSeriesAreRemoved) {
  Registry registry({.prefix = "bot", .max_series_per_metric = 6, .exponential_histograms = GetParam()});
  Adder removed;
  int guild = 0;
  const Totals recorded = RecordOnManyThreads(registry, 2, [&](int thread) {
    if (thread == 0) registry.RemoveSeries("guild_id", std::to_string(guild++ % 8), &removed);
    if (thread == 1) static_cast<void>(Told(registry));
  });
  EXPECT_TRUE(removed.consistent);
  removed.totals += Told(registry);
  EXPECT_EQ(removed.totals, recorded);
}

/// Adds up like one who sees only collections: a series whose value is less than it was is a new one.
class Follower final : public Collector {
 public:
  void BeginMetric(const MetricView& metric) override {
    followed_ = metric.kind == Kind::kCounter || metric.kind == Kind::kHistogram ? &metrics_[std::string(metric.name)]
                                                                                 : nullptr;
    if (followed_ != nullptr) followed_->seen.swap(followed_->before), followed_->seen.clear();
  }
  void AddSeries(const SeriesView& series) override {
    if (followed_ == nullptr) return;
    const Seen now{series.start, series.integer + static_cast<std::int64_t>(series.count)};
    const auto before = followed_->before.find(series.packed_values);
    followed_->total += now.value;
    if (before != followed_->before.end() && before->second.start == now.start) {
      followed_->total -= before->second.value;
    }
    followed_->seen.emplace(series.packed_values, now);
  }
  [[nodiscard]] std::int64_t total(const std::string& name) const { return metrics_.at(name).total; }

 private:
  struct Seen {
    std::chrono::system_clock::time_point start;
    std::int64_t value;  // or a histogram's count
  };
  struct Followed {
    std::map<std::string, Seen, std::less<>> before;
    std::map<std::string, Seen, std::less<>> seen;
    std::int64_t total = 0;
  };
  std::map<std::string, Followed> metrics_;
  Followed* followed_ = nullptr;
};

TEST_P(Exactness, HoldsWhileIdleSeriesAreRemoved) {
  guildscope::testing::FakeClock clock;
  Registry registry({.prefix = "bot", .idle = std::chrono::nanoseconds(1), .exponential_histograms = GetParam()},
                    clock);
  Follower follower;
  auto held = registry.Get(kJobs).Bind({"1"});  // of a series that is hidden, not freed
  auto held_wait = registry.Get(kWait).Bind({"1"});
  const Totals recorded = RecordOnManyThreads(registry, 1, [&](int) {
    clock.Advance(std::chrono::seconds(1));
    registry.Collect(follower);
  });
  for (int i = 0; i < 3; ++i) {
    clock.Advance(std::chrono::seconds(1));
    registry.Collect(follower);
  }
  EXPECT_EQ(follower.total("bot.jobs"), recorded.jobs);
  EXPECT_EQ(follower.total("bot.wait"), static_cast<std::int64_t>(recorded.waits));
  EXPECT_EQ(held.Value(), 0U) << "idle, and shown as a new series at its next write";
  EXPECT_EQ(held_wait.Count(), 0U);
}

}  // namespace
}  // namespace guildscope::metrics
