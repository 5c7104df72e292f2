#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <memory>
#include <stdexcept>
#include <thread>

#include "guildscope/metrics/registry.hpp"
#include "guildscope/metrics/snapshot_testing.hpp"

namespace guildscope::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr GaugeDescriptor<1> kConnections{"{prefix}.connections", "{connection}", "Connections.", {"state"}};
constexpr CounterDescriptor<1> kFaults{"{prefix}.faults", "{fault}", "Page faults.", {"type"}};

class ObservationTest : public ::testing::Test {
 protected:
  Registry registry_{{.prefix = "bot", .max_series_per_metric = 2}};
};

TEST_F(ObservationTest, ReportsOnceACollection) {
  int calls = 0;
  const Subscription subscription = registry_.Observe(kConnections, [&](Observer<1>& observe) {
    ++calls;
    observe(calls, {"idle"});
  });
  EXPECT_THAT(Values(registry_.Collect(), "bot.connections"), ElementsAre(Pair("idle", 1)));
  EXPECT_THAT(Values(registry_.Collect(), "bot.connections"), ElementsAre(Pair("idle", 2)));
  EXPECT_EQ(calls, 2);
}

TEST_F(ObservationTest, ExportsOnlyWhatIsReported) {
  bool connected = true;
  const Subscription subscription = registry_.Observe(kConnections, [&](Observer<1>& observe) {
    if (connected) observe(1, {"idle"});
  });
  EXPECT_THAT(Values(registry_.Collect(), "bot.connections"), ElementsAre(Pair("idle", 1)));
  connected = false;
  EXPECT_THAT(Values(registry_.Collect(), "bot.connections"), IsEmpty());
}

TEST_F(ObservationTest, AddsUpWithOthersAndWithWhatIsRecorded) {
  registry_.Get(kConnections).Set(100, {"used"});
  const auto report = [](Observer<1>& observe) {
    observe(1, {"idle"});
    observe(10, {"used"});
  };
  const Subscription one = registry_.Observe(kConnections, report);
  const Subscription two = registry_.Observe(kConnections, report);
  EXPECT_THAT(Values(registry_.Collect(), "bot.connections"), ElementsAre(Pair("idle", 2), Pair("used", 120)));
}

TEST_F(ObservationTest, ThatThrowsIsLeftOutAndCountedWhileTheOthersGoOn) {
  const Subscription bad = registry_.Observe(kConnections, [](Observer<1>& observe) {
    observe(1000, {"idle"});
    throw std::runtime_error("no connection");
  });
  const Subscription good = registry_.Observe(kConnections, [](Observer<1>& observe) { observe(1, {"idle"}); });
  const Snapshot snapshot = registry_.Collect();
  EXPECT_THAT(Values(snapshot, "bot.connections"), ElementsAre(Pair("idle", 1)));
  EXPECT_THAT(Values(snapshot, "guildscope.metrics.callback_errors"), ElementsAre(Pair("bot.connections", 1)));
}

TEST_F(ObservationTest, FoldsWhatGoesPastTheLimit) {
  const Subscription subscription = registry_.Observe(kFaults, [](Observer<1>& observe) {
    for (const char* type : {"a", "b", "c", "d"}) observe(10, {type});
  });
  const Snapshot snapshot = registry_.Collect();
  EXPECT_THAT(Values(snapshot, "bot.faults"), ElementsAre(Pair("a", 10), Pair("b", 10), Pair("(overflow)", 20)));
  EXPECT_THAT(Values(snapshot, "guildscope.metrics.folded_writes"), ElementsAre(Pair("bot.faults", 2)));
}

TEST_F(ObservationTest, DropsWhatACounterCannotBe) {
  const Subscription subscription = registry_.Observe(kFaults, [](Observer<1>& observe) {
    observe(-1, {"a"});
    observe(std::numeric_limits<double>::quiet_NaN(), {"a"});
    observe(std::numeric_limits<double>::infinity(), {"a"});
    observe(2.5, {"a"});
  });
  const Snapshot snapshot = registry_.Collect();
  EXPECT_THAT(Values(snapshot, "bot.faults"), ElementsAre(Pair("a", 2.5)));
  EXPECT_THAT(Values(snapshot, "guildscope.metrics.dropped_values"),
              ElementsAre(Pair("bot.faults,negative", 1), Pair("bot.faults,not_finite", 2)));
}

TEST_F(ObservationTest, RepairsLabelValues) {
  const Subscription subscription =
      registry_.Observe(kConnections, [](Observer<1>& observe) { observe(1, {"a\xFFz"}); });
  EXPECT_THAT(Values(registry_.Collect(), "bot.connections"), ElementsAre(Pair("a\xEF\xBF\xBDz", 1)));
}

TEST_F(ObservationTest, EndsWithItsSubscription) {
  auto state = std::make_shared<int>(0);
  {
    Subscription subscription =
        registry_.Observe(kConnections, [state](Observer<1>& observe) { observe(1, {"idle"}); });
    Subscription moved = std::move(subscription);
    EXPECT_THAT(Values(registry_.Collect(), "bot.connections"), ElementsAre(Pair("idle", 1)));
  }
  EXPECT_EQ(state.use_count(), 1) << "the callback was kept";
  EXPECT_THAT(Values(registry_.Collect(), "bot.connections"), IsEmpty());
}

TEST_F(ObservationTest, MayEndItselfFromWithin) {
  Subscription subscription;
  subscription = registry_.Observe(kConnections, [&](Observer<1>& observe) {
    observe(1, {"idle"});
    subscription.Reset();
  });
  EXPECT_THAT(Values(registry_.Collect(), "bot.connections"), ElementsAre(Pair("idle", 1)));
  EXPECT_THAT(Values(registry_.Collect(), "bot.connections"), IsEmpty());
}

TEST(Subscription, MayOutliveItsRegistry) {
  auto registry = std::make_unique<Registry>();
  const Subscription subscription = registry->Observe(kConnections, [](Observer<1>&) {});
  registry.reset();
}

TEST(Subscription, WaitsForACallbackThatIsRunning) {
  Registry registry;
  std::atomic<bool> inside{false};
  std::atomic<bool> go_on{false};
  std::atomic<bool> left{false};
  Subscription subscription = registry.Observe(kConnections, [&](Observer<1>& observe) {
    inside = true;
    inside.notify_one();
    go_on.wait(false);
    observe(1, {"idle"});
    left = true;
  });
  std::thread collector([&] { static_cast<void>(registry.Collect()); });
  inside.wait(false);
  std::thread releaser([&] {
    go_on = true;
    go_on.notify_one();
  });
  subscription.Reset();
  EXPECT_TRUE(left);
  releaser.join();
  collector.join();
}

}  // namespace
}  // namespace guildscope::metrics
