#include "guildscope/metrics/exemplar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "guildscope/metrics/blocks.hpp"
#include "guildscope/metrics/exemplar_slots.hpp"
#include "guildscope/metrics/exposition.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/metrics/snapshot_collector.hpp"
#include "guildscope/metrics/snapshot_testing.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::metrics {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr std::array<double, 2> kBounds{0.1, 1};
constexpr HistogramDescriptor<1> kWait{"{prefix}.wait", "s", "Waits.", {"guild_id"}, kBounds};
constexpr CounterDescriptor<1> kJobs{"{prefix}.jobs", "{job}", "Jobs.", {"guild_id"}};

SpanIdentity SpanOf(std::uint8_t byte) {
  SpanIdentity span;
  span.trace_id.fill(byte);
  span.span_id.fill(static_cast<std::uint8_t>(byte + 1));
  return span;
}

/// As tracing/ has it.
struct Span {
  std::array<std::uint8_t, 16> trace_id;
  std::array<std::uint8_t, 8> span_id;
  bool sampled;
};

/// A sampled span is current while it lives.
class InSpan {
 public:
  explicit InSpan(std::uint8_t byte, bool sampled = true)
      : scope_(Span{SpanOf(byte).trace_id, SpanOf(byte).span_id, sampled}) {}

 private:
  SpanScope scope_;
};

class ExemplarTest : public ::testing::Test {
 protected:
  static std::vector<Exemplar> Of(const Snapshot& snapshot) {
    return Find(snapshot, "bot.wait").points.at(0).exemplars;
  }
  std::vector<Exemplar> Collected() { return Of(registry_.Collect()); }
  /// Of the exemplars, by bucket; -1 where there is none.
  static std::vector<double> ValuesOf(const std::vector<Exemplar>& exemplars) {
    std::vector<double> values;
    for (const Exemplar& exemplar : exemplars) values.push_back(exemplar.present() ? exemplar.value : -1);
    return values;
  }

  testing::FakeClock clock_;
  Registry registry_{{.prefix = "bot"}, clock_};
  HistogramFamily<1> wait_ = registry_.Get(kWait);
};

TEST_F(ExemplarTest, IsTheValueTheTimeAndTheSpanInItsBucket) {
  const Histogram wait = wait_.Bind({"1"});
  clock_.Advance(5s);
  const auto time = clock_.Now();
  {
    const InSpan span(0xAB);
    wait.Record(0.5);
  }
  clock_.Advance(1s);
  const std::vector<Exemplar> exemplars = Collected();
  ASSERT_THAT(ValuesOf(exemplars), ElementsAre(-1, 0.5, -1));
  EXPECT_EQ(exemplars[1].time, time);
  EXPECT_EQ(exemplars[1].trace_id, SpanOf(0xAB).trace_id);
  EXPECT_EQ(exemplars[1].span_id, SpanOf(0xAB).span_id);
  EXPECT_EQ(wait.Count(), 1U);
  EXPECT_EQ(wait.Sum(), 0.5);
}

TEST_F(ExemplarTest, IsThereForValuesThatAreRecordedByTheirLabelsAsWell) {
  const InSpan span(1);
  wait_.Record(0.05, {"1"});
  EXPECT_THAT(ValuesOf(Collected()), ElementsAre(0.05, -1, -1));
}

TEST_F(ExemplarTest, IsNotMadeOutsideOfASpan) {
  const Histogram wait = wait_.Bind({"1"});
  wait.Record(0.5);
  {
    const InSpan span(1);
  }
  wait.Record(0.5);
  {
    const InSpan span(1, /*sampled=*/false);
    wait.Record(0.5);
  }
  EXPECT_THAT(Collected(), IsEmpty());
}

TEST_F(ExemplarTest, BelongsToTheInnermostSpan) {
  const Histogram wait = wait_.Bind({"1"});
  const InSpan outer(1);
  {
    const InSpan inner(2);
    wait.Record(0.05);
    const InSpan unsampled(3, /*sampled=*/false);
    wait.Record(5);
  }
  wait.Record(0.5);
  const std::vector<Exemplar> exemplars = Collected();
  ASSERT_THAT(ValuesOf(exemplars), ElementsAre(0.05, 0.5, -1));
  EXPECT_EQ(exemplars[0].trace_id, SpanOf(2).trace_id);
  EXPECT_EQ(exemplars[1].trace_id, SpanOf(1).trace_id);
}

TEST_F(ExemplarTest, BelongsToTheThreadWhoseSpanItIs) {
  const InSpan span(1);
  std::thread([&] { wait_.Record(0.5, {"1"}); }).join();
  EXPECT_THAT(Collected(), IsEmpty());
}

TEST_F(ExemplarTest, StaysUntilAnotherComesAfterACollection) {
  const Histogram wait = wait_.Bind({"1"});
  const InSpan span(1);
  wait.Record(0.5);
  wait.Record(0.6);
  EXPECT_THAT(ValuesOf(Collected()), ElementsAre(-1, 0.5, -1)) << "the first one of its time";
  EXPECT_THAT(ValuesOf(Collected()), ElementsAre(-1, 0.5, -1));
  wait.Record(0.7);
  wait.Record(7);
  EXPECT_THAT(ValuesOf(Collected()), ElementsAre(-1, 0.7, 7));
}

TEST_F(ExemplarTest, WaitsForTheCollectionThatCountsItsValue) {
  const InSpan span(1);
  clock_.Advance(1s);
  wait_.Record(0.5, {"1"});
  clock_.Advance(-1s);  // as for a value that is recorded while a collection is under way
  EXPECT_THAT(Collected(), IsEmpty());
  clock_.Advance(1s);
  EXPECT_THAT(ValuesOf(Collected()), ElementsAre(-1, 0.5, -1));
}

TEST_F(ExemplarTest, IsToldAtTheEndOfItsSeriesAndNotByTheNextOne) {
  const Histogram wait = wait_.Bind({"1"});
  const InSpan span(1);
  wait.Record(0.5);
  clock_.Advance(1s);
  SnapshotCollector last;
  EXPECT_EQ(registry_.RemoveSeries("guild_id", "1", &last), 1U);
  EXPECT_THAT(ValuesOf(Of(last.Take())), ElementsAre(-1, 0.5, -1));
  wait.Record(5);
  EXPECT_THAT(ValuesOf(Collected()), ElementsAre(-1, -1, 5));
}

TEST_F(ExemplarTest, GoesWithASeriesThatIdles) {
  Registry registry({.prefix = "bot", .idle = 10s}, clock_);
  const Histogram wait = registry.Get(kWait).Bind({"1"});
  const InSpan span(1);
  wait.Record(0.5);
  static_cast<void>(registry.Collect());
  clock_.Advance(11s);
  static_cast<void>(registry.Collect());
  wait.Record(5);
  EXPECT_THAT(ValuesOf(Of(registry.Collect())), ElementsAre(-1, -1, 5));
}

TEST_F(ExemplarTest, CostsMemoryInSeriesThatHaveOne) {
  const std::size_t before = internal::BlocksInUse().now;
  wait_.Record(0.5, {"1"});
  const std::size_t without = internal::BlocksInUse().now;
  EXPECT_LE(without - before, 36U);
  {
    const InSpan span(1);
    wait_.Record(0.5, {"1"});
  }
  EXPECT_EQ(internal::BlocksInUse().now - without, 3 * 48U);
  EXPECT_TRUE(wait_.Remove({"1"}));
  EXPECT_EQ(internal::BlocksInUse().now, before);
}

TEST_F(ExemplarTest, IsKeptOfEveryValueWhenTheFilterIsAlwaysOn) {
  Registry registry({.prefix = "bot", .exemplars = ExemplarFilter::kAlwaysOn}, clock_);
  const auto wait = registry.Get(kWait);
  wait.Bind({"1"}).Record(0.5);
  wait.Record(5, {"1"});
  {
    const InSpan span(3);
    wait.Record(0.05, {"1"});
  }
  const Point point = Find(registry.Collect(), "bot.wait").points.at(0);
  ASSERT_THAT(ValuesOf(point.exemplars), ElementsAre(0.05, 0.5, 5));
  EXPECT_TRUE(point.exemplars[0].has_ids());
  EXPECT_FALSE(point.exemplars[1].has_ids());
  EXPECT_EQ(point.count, 3U);
  EXPECT_THAT(Expose(registry, Format::kOpenMetrics).ToString(),
              HasSubstr("bot_wait_seconds_bucket{guild_id=\"1\",le=\"1.0\"} 2 # {} 0.5 1704067200.000\n"));
}

TEST_F(ExemplarTest, IsNeverKeptWhenTheFilterIsAlwaysOff) {
  Registry registry({.prefix = "bot", .exemplars = ExemplarFilter::kAlwaysOff}, clock_);
  const InSpan span(1);
  registry.Get(kWait).Record(0.5, {"1"});
  EXPECT_THAT(Of(registry.Collect()), IsEmpty());
}

TEST_F(ExemplarTest, IsKeptByTheOverflowSeries) {
  Registry registry({.prefix = "bot", .max_series_per_metric = 1}, clock_);
  const InSpan span(1);
  registry.Get(kWait).Record(0.5, {"1"});
  registry.Get(kWait).Record(5, {"2"});
  const Metric metric = Find(registry.Collect(), "bot.wait");
  ASSERT_EQ(metric.points.size(), 2U);
  EXPECT_THAT(ValuesOf(metric.points[1].exemplars), ElementsAre(-1, -1, 5));
}

TEST_F(ExemplarTest, LeavesDroppedValuesAndOtherInstrumentsAlone) {
  const InSpan span(1);
  wait_.Record(std::numeric_limits<double>::infinity(), {"1"});
  registry_.Get(kJobs).Add(2, {"1"});
  Histogram().Record(1);
  EXPECT_THAT(Values(registry_.Collect(), "bot.jobs"), ElementsAre(::testing::Pair("1", 2)));
  EXPECT_THAT(Collected(), IsEmpty());
}

TEST_F(ExemplarTest, IsKeptByAThreadsFirstRecordToo) {
  std::thread([&] {
    const InSpan span(9);  // before the thread has an array
    wait_.Record(0.5, {"1"});
    wait_.Record(5, {"1"});
  }).join();
  const std::vector<Exemplar> exemplars = Collected();
  ASSERT_THAT(ValuesOf(exemplars), ElementsAre(-1, 0.5, 5));
  EXPECT_EQ(exemplars[1].trace_id, SpanOf(9).trace_id);
}

// An exemplar whose parts come from two writers would show here, and a race to ThreadSanitizer.
TEST(ExemplarSlot, IsWholeWhileManyThreadsOfferTheirs) {
  internal::ExemplarSlot slot;
  std::atomic<bool> done{false};
  std::vector<std::thread> writers;
  writers.reserve(3);
  for (std::uint8_t thread = 1; thread <= 3; ++thread) {
    writers.emplace_back([&, thread] {
      const InSpan span(thread);
      while (!done) slot.Offer(thread, RealClock());
    });
  }
  const auto forever = std::chrono::system_clock::time_point::max();
  int torn = 0;
  for (int seen = 0; seen < 20'000;) {
    const Exemplar exemplar = slot.Take(forever);
    if (!exemplar.present()) continue;
    ++seen;
    torn += exemplar.trace_id == SpanOf(static_cast<std::uint8_t>(exemplar.value)).trace_id ? 0 : 1;
  }
  done = true;
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(torn, 0);
}

TEST(Exemplars, AreWholeWhileManyThreadsRecordAndOthersCollectAndRemove) {
  Registry registry({.prefix = "bot"});
  std::atomic<bool> done{false};
  std::vector<std::thread> workers;
  workers.reserve(3);
  for (std::uint8_t thread = 1; thread <= 3; ++thread) {
    workers.emplace_back([&, thread] {
      const InSpan span(thread);
      const Histogram wait = registry.Get(kWait).Bind({"1"});
      for (int round = 0; round < 2'000; ++round) {
        wait.Record(thread);
        registry.Get(kWait).Record(thread, {round % 2 == 0 ? "2" : "3"});
      }
    });
  }
  std::thread remover([&] {
    while (!done) registry.RemoveSeries("guild_id", "2");
  });
  std::size_t seen = 0;
  const auto check = [&] {
    for (const Metric& metric : registry.Collect().metrics) {
      for (const Point& point : metric.points) {
        for (const Exemplar& exemplar : point.exemplars) {
          if (!exemplar.present()) continue;
          ++seen;
          EXPECT_THAT(exemplar.trace_id, Each(exemplar.value));
          EXPECT_THAT(exemplar.span_id, Each(exemplar.value + 1));
        }
      }
    }
  };
  for (int round = 0; round < 50; ++round) check();
  for (std::thread& worker : workers) worker.join();
  done = true;
  remover.join();
  check();
  EXPECT_GT(seen, 0U);
}

}  // namespace
}  // namespace guildscope::metrics
