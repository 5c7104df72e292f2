#include "apps/discord_standin/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <map>

#include "guildscope/testing/fake_clock.hpp"

namespace standin {
namespace {

using std::chrono::milliseconds;

class RateLimiterTest : public ::testing::Test {
 protected:
  RateLimiterTest() {
    config.bucket_limit = 2;
    config.bucket_window = milliseconds(5'000);
    config.global_per_second = 5;
  }

  RateLimit Take(const std::string& major = "1", bool globally = true) {
    return limiter.Take("POST", "/channels/{channel.id}/messages", major, globally);
  }

  guildscope::testing::FakeClock clock;
  Config config;
  RateLimiter limiter{config, clock};
};

TEST_F(RateLimiterTest, RefusesWhatIsBeyondTheBucketUntilItsWindowEnds) {
  EXPECT_EQ(Take().remaining, 1U);
  clock.Advance(milliseconds(1'000));
  EXPECT_EQ(Take().remaining, 0U);
  const RateLimit refused = Take();
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.scope, "user");
  EXPECT_EQ(refused.reset_after, milliseconds(4'000));
  clock.Advance(milliseconds(4'000));
  EXPECT_TRUE(Take().allowed);
}

TEST_F(RateLimiterTest, KeepsABucketForEachMajorParameterUnderOneName) {
  const RateLimit first = Take("1");
  Take("1");
  const RateLimit other = Take("2");
  EXPECT_TRUE(other.allowed);
  EXPECT_EQ(other.bucket, first.bucket);
}

TEST_F(RateLimiterTest, RefusesEverythingBeyondTheGlobalLimitButInteractions) {
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Take(std::to_string(i)).allowed);
  const RateLimit refused = Take("9");
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.scope, "global");
  EXPECT_TRUE(refused.bucket.empty());
  EXPECT_TRUE(Take("9", false).allowed);
  clock.Advance(milliseconds(1'000));
  EXPECT_TRUE(Take("9").allowed);
}

TEST_F(RateLimiterTest, WritesDiscordsHeaders) {
  const RateLimit allowed = Take();
  const auto list = limiter.HeadersFor(allowed);
  const std::map<std::string, std::string> headers(list.begin(), list.end());
  EXPECT_EQ(headers.at("X-RateLimit-Limit"), "2");
  EXPECT_EQ(headers.at("X-RateLimit-Remaining"), "1");
  EXPECT_EQ(headers.at("X-RateLimit-Reset-After"), "5.000");
  EXPECT_EQ(headers.at("X-RateLimit-Reset"), "1704067205.000");
  EXPECT_EQ(headers.at("X-RateLimit-Bucket"), allowed.bucket);
  EXPECT_FALSE(headers.contains("Retry-After"));
}

TEST_F(RateLimiterTest, TellsWhoseLimitWasHit) {
  RateLimit global;
  global.allowed = false;
  global.scope = "global";
  global.reset_after = milliseconds(1'500);
  const auto list = limiter.HeadersFor(global);
  const std::map<std::string, std::string> headers(list.begin(), list.end());
  EXPECT_EQ(headers.at("Retry-After"), "2");
  EXPECT_EQ(headers.at("X-RateLimit-Global"), "true");
  EXPECT_EQ(headers.at("X-RateLimit-Scope"), "global");
  EXPECT_FALSE(headers.contains("X-RateLimit-Bucket"));
}

}  // namespace
}  // namespace standin
