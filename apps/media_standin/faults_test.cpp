#include "apps/media_standin/faults.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace media_standin {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

std::string RefusalOf(const Json& request) {
  try {
    (void)ParseFault(request);
  } catch (const BadRequest& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Faults, BefallAsManyRequestsOfTheirRouteAsTheySay) {
  Faults faults;
  faults.Add(ParseFault({{"kind", "error"}, {"path", "/a"}, {"count", 2}, {"status", 503}, {"retry_after", 3}}));
  faults.Add(ParseFault({{"kind", "slow"}, {"milliseconds", 20}}));
  const auto other = faults.Take("/b");
  EXPECT_FALSE(other.outcome.has_value());
  EXPECT_EQ(other.delay, 20ms);
  for (int i = 0; i < 2; ++i) {
    const auto taken = faults.Take("/a");
    ASSERT_TRUE(taken.outcome.has_value());
    EXPECT_EQ(taken.outcome->status, 503U);
    EXPECT_EQ(taken.outcome->retry_after, 3);
    EXPECT_EQ(taken.delay, 0ms);
  }
  EXPECT_FALSE(faults.Take("/a").outcome.has_value());
}

TEST(Faults, RefuseWhatTheyDoNotUnderstand) {
  EXPECT_THAT(RefusalOf("slow"), HasSubstr("accepted kinds: error"));
  EXPECT_THAT(RefusalOf({{"kind", "fire"}}), HasSubstr("\"fire\""));
  EXPECT_THAT(RefusalOf({{"kind", "slow"}, {"status", 500}}), HasSubstr("does not take 'status'"));
  EXPECT_THAT(RefusalOf({{"kind", "error"}, {"status", 200}}), HasSubstr("400 to 599"));
  EXPECT_THAT(RefusalOf({{"kind", "error"}, {"count", "2"}}), HasSubstr("count is \"2\""));
  EXPECT_THAT(RefusalOf({{"kind", "error"}, {"path", 2}}), HasSubstr("path is 2"));
}

}  // namespace
}  // namespace media_standin
