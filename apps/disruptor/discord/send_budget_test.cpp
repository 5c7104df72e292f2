#include "apps/disruptor/discord/send_budget.hpp"

#include <gtest/gtest.h>

namespace disruptor {
namespace {

using namespace std::chrono_literals;
constexpr SendBudget::TimePoint kStart{24h};

TEST(SendBudget, LetsABurstPassAndSpreadsTheRest) {
  SendBudget budget(3, 500ms);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(budget.Take(kStart), 0ms);
  EXPECT_EQ(budget.Take(kStart), 500ms);
  EXPECT_EQ(budget.Take(kStart), 1000ms);
  EXPECT_EQ(budget.Take(kStart + 200ms), 1300ms);
}

TEST(SendBudget, FillsUpWhileNothingIsSent) {
  SendBudget budget(3, 500ms);
  for (int i = 0; i < 5; ++i) (void)budget.Take(kStart);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(budget.Take(kStart + 1h), 0ms);
  EXPECT_EQ(budget.Take(kStart + 1h), 500ms);
}

TEST(SendBudget, NeverPassesMoreThanItsBurstAndItsRate) {
  SendBudget budget(20, 700ms);
  int sent = 0;
  for (auto now = kStart; now + budget.Take(now) < kStart + 60s; ++sent) {
  }
  EXPECT_LE(sent, 20 + 86);
}

}  // namespace
}  // namespace disruptor
