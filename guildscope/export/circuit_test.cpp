#include "guildscope/export/circuit.hpp"

#include <gtest/gtest.h>

namespace guildscope::exporting {
namespace {

using namespace std::chrono_literals;
using TimePoint = Circuit::TimePoint;

TEST(Circuit, TriesAtOnceUntilSomethingFailed) {
  const Circuit circuit({});
  EXPECT_FALSE(circuit.is_open());
  EXPECT_TRUE(circuit.MayTry(TimePoint()));
}

TEST(Circuit, WaitsARandomPartOfATimeThatDoubles) {
  const TimePoint now{1h};
  std::chrono::nanoseconds shortest[10];
  std::chrono::nanoseconds longest[10];
  std::fill(std::begin(shortest), std::end(shortest), 1h);
  std::fill(std::begin(longest), std::end(longest), 0s);
  for (unsigned seed = 1; seed <= 500; ++seed) {
    Circuit circuit({.first = 1s, .longest = 30s}, seed * 7919);
    for (int i = 0; i < 10; ++i) {
      circuit.Failed(now, {});
      EXPECT_TRUE(circuit.is_open());
      shortest[i] = std::min<std::chrono::nanoseconds>(shortest[i], circuit.next_try() - now);
      longest[i] = std::max<std::chrono::nanoseconds>(longest[i], circuit.next_try() - now);
    }
  }
  for (int i = 0; i < 10; ++i) {
    const auto bound = std::min<std::chrono::nanoseconds>(30s, 1s * (1 << i));
    EXPECT_GE(shortest[i], 100ms);
    EXPECT_LT(shortest[i], std::max<std::chrono::nanoseconds>(bound / 5, 101ms)) << i;
    EXPECT_LE(longest[i], bound) << i;
    EXPECT_GT(longest[i], bound * 4 / 5) << i;
  }
}

TEST(Circuit, WaitsAsLongAsTheCollectorAsks) {
  Circuit circuit({});
  circuit.Failed(TimePoint{1h}, 2h);
  EXPECT_FALSE(circuit.MayTry(TimePoint{3h - 1ns}));
  EXPECT_TRUE(circuit.MayTry(TimePoint{3h}));
}

TEST(Circuit, BeginsAnewAfterASuccess) {
  Circuit circuit({.first = 1s, .longest = 1h});
  for (int i = 0; i < 40; ++i) circuit.Failed(TimePoint{1h}, {});
  circuit.Succeeded();
  EXPECT_FALSE(circuit.is_open());
  circuit.Failed(TimePoint{1h}, {});
  EXPECT_LE(circuit.next_try() - TimePoint{1h}, 1s);
}

}  // namespace
}  // namespace guildscope::exporting
