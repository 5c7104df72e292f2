#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "guildscope/metrics/registry.hpp"
#include "guildscope/metrics/snapshot_testing.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::metrics {
namespace {

using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::ThrowsMessage;

constexpr CounterDescriptor<1, double> kBusy{"{prefix}.busy", "s", "Time spent.", {"guild_id"}};
constexpr UpDownCounterDescriptor<1, double> kDebt{"{prefix}.debt", "s", "Time owed.", {"guild_id"}};
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(DoubleCounter, SumsWhatIsNotWhole) {
  Registry registry({.prefix = "bot"});
  const DoubleCounter busy = registry.Get(kBusy).Bind({"1"});
  busy.Add(0.25);
  registry.Get(kBusy).Add(1.5, {"1"});
  EXPECT_EQ(busy.Value(), 1.75);
  const DoubleUpDownCounter debt = registry.Get(kDebt).Bind({"1"});
  debt.Add(0.5);
  registry.Get(kDebt).Add(-2, {"1"});
  EXPECT_EQ(debt.Value(), -1.5);
  EXPECT_THAT(Values(registry.Collect(), "bot.busy"), ElementsAre(Pair("1", 1.75)));
  EXPECT_THAT(Values(registry.Collect(), "bot.debt"), ElementsAre(Pair("1", -1.5)));
}

TEST(DoubleCounter, DropsAndCountsWhatItCannotAdd) {
  Registry registry({.prefix = "bot"});
  const auto busy = registry.Get(kBusy).Bind({"1"});
  const auto debt = registry.Get(kDebt).Bind({"1"});
  for (const double amount : {-0.5, kNan, kInfinity, 0.5}) busy.Add(amount);
  for (const double amount : {kNan, -kInfinity, -0.5}) debt.Add(amount);
  EXPECT_EQ(busy.Value(), 0.5);
  EXPECT_EQ(debt.Value(), -0.5);
  EXPECT_THAT(
      Values(registry.Collect(), "guildscope.metrics.dropped_values"),
      ElementsAre(Pair("bot.busy,negative", 1), Pair("bot.busy,not_finite", 2), Pair("bot.debt,not_finite", 2)));
}

TEST(DoubleCounter, BeginsAnewAtExactlyZeroAfterItsRemoval) {
  Registry registry({.prefix = "bot"});
  const auto busy = registry.Get(kBusy).Bind({"1"});
  for (const double amount : {0.1, 0.2, 0.3}) busy.Add(amount);
  registry.RemoveSeries("guild_id", "1");
  EXPECT_THAT(Values(registry.Collect(), "bot.busy"), IsEmpty());
  busy.Add(0.75);
  EXPECT_THAT(Values(registry.Collect(), "bot.busy"), ElementsAre(Pair("1", ::testing::DoubleNear(0.75, 1e-15))));
}

TEST(UpDownCounter, IsShownAgainByWritesThatLeaveItsLevel) {
  Registry registry({.prefix = "bot"});
  const auto debt = registry.Get(kDebt).Bind({"1"});
  debt.Add(3);
  registry.RemoveSeries("guild_id", "1");
  EXPECT_THAT(Values(registry.Collect(), "bot.debt"), IsEmpty());
  debt.Add(1);
  debt.Add(-1);
  EXPECT_THAT(Values(registry.Collect(), "bot.debt"), ElementsAre(Pair("1", 3)));
}

TEST(DoubleCounter, IsNotWhatAnIntegerOneOfTheSameNameIs) {
  Registry registry({.prefix = "bot"});
  static_cast<void>(registry.Get(kBusy));
  constexpr CounterDescriptor<1> kWhole{"{prefix}.busy", "s", "Time spent.", {"guild_id"}};
  EXPECT_THAT([&] { static_cast<void>(registry.Get(kWhole)); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("values 'double', not 'integer'")));
}

}  // namespace
}  // namespace guildscope::metrics
