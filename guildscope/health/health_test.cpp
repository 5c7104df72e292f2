#include "guildscope/health/health.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::health {
namespace {

using namespace std::chrono_literals;

constexpr const char* kUnavailable = R"({"status":"unavailable"})";

template <typename Condition>
void Await(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    std::this_thread::yield();
  }
}

class HealthTest : public ::testing::Test {
 protected:
  guildscope::testing::FakeClock clock_;
  Health health_{{}, clock_};
};

TEST_F(HealthTest, IsUnavailableUntilReadyAndOnceClosed) {
  EXPECT_EQ(health_.Live().status, 503);
  EXPECT_EQ(health_.Live().json, kUnavailable);
  health_.SetReady();
  EXPECT_EQ(health_.Live().status, 200);
  EXPECT_EQ(health_.Live().json, R"({"status":"ok"})");
  EXPECT_EQ(health_.Ready().json, R"({"status":"ok"})");
  health_.SetReady(false);
  EXPECT_EQ(health_.Ready().json, kUnavailable);
  health_.SetReady();
  health_.SetClosed();
  health_.SetReady();
  EXPECT_EQ(health_.Live().status, 503);
  EXPECT_EQ(health_.Ready().json, kUnavailable);
}

TEST_F(HealthTest, NamesTheLoopThatIsStalled) {
  health_.SetReady();
  Loop stuck = health_.RegisterLoop("download_files");
  Loop over = health_.RegisterLoop("cache_cleanup");
  Loop fine = health_.RegisterLoop("send_messages", {.stale_after = 1h});
  over.Stop();
  EXPECT_EQ(health_.Live().status, 200);
  EXPECT_EQ(health_.Live().json,
            R"({"status":"ok","loops":{"cache_cleanup":"stopped","download_files":"ok","send_messages":"ok"}})");
  clock_.Advance(301s);
  EXPECT_EQ(health_.Live().status, 503);
  EXPECT_EQ(
      health_.Live().json,
      R"({"status":"unavailable","loops":{"cache_cleanup":"stopped","download_files":"stalled","send_messages":"ok"}})");
}

TEST_F(HealthTest, SaysWhenTheDatabaseDoesNotAnswer) {
  health_.SetReady();
  std::atomic<bool> works{true};
  const Check check = health_.AddCheck("db", [&] { return works.load(); }, {.interval = 1ms});
  Await([&] { return health_.Live().json == R"({"status":"ok","db":"ok"})"; });
  EXPECT_EQ(health_.Live().status, 200);
  works = false;
  Await([&] { return health_.Live().json == R"({"status":"unavailable","db":"unavailable"})"; });
  EXPECT_EQ(health_.Live().status, 503);
  EXPECT_EQ(health_.Ready().status, 503);
}

TEST_F(HealthTest, CountsAnExceptionOfACheckAsAFailure) {
  health_.SetReady();
  std::atomic<int> calls{0};
  const Check check = health_.AddCheck("db",
                                       [&]() -> bool {
                                         ++calls;
                                         throw std::runtime_error("connection refused");
                                       },
                                       {.interval = 1ms});
  Await([&] { return calls > 2; });
  EXPECT_EQ(health_.Live().json, R"({"status":"unavailable","db":"unavailable"})");
}

TEST_F(HealthTest, DoesNotWaitForACheckThatHangs) {
  health_.SetReady();
  std::promise<void> release;
  std::atomic<bool> hang{false};
  std::atomic<bool> hanging{false};
  const Check check = health_.AddCheck("db",
                                       [&] {
                                         hanging = hang.load();
                                         if (hanging) release.get_future().wait();
                                         return true;
                                       },
                                       {.interval = 1ms, .timeout = 2s});
  Await([&] { return health_.Live().status == 200; });
  hang = true;
  Await([&] { return hanging.load(); });
  clock_.Advance(2s);
  EXPECT_EQ(health_.Live().status, 200) << "the run still has time";
  clock_.Advance(2ms);
  EXPECT_EQ(health_.Live().json, R"({"status":"unavailable","db":"unavailable"})");
  hang = false;
  release.set_value();
  Await([&] { return health_.Live().status == 200; });
}

TEST_F(HealthTest, IsUnavailableUntilTheFirstAnswerOfACheck) {
  health_.SetReady();
  std::promise<void> release;
  const Check check = health_.AddCheck("db", [&] {
    release.get_future().wait();
    return true;
  });
  EXPECT_EQ(health_.Live().status, 503);
  release.set_value();
  Await([&] { return health_.Live().status == 200; });
}

TEST_F(HealthTest, ForgetsAChecksAnswerWithItsHandle) {
  health_.SetReady();
  {
    const Check check = health_.AddCheck("db", [] { return false; });
  }
  EXPECT_EQ(health_.Live().json, R"({"status":"ok"})");
}

TEST_F(HealthTest, LeavesARunBehindThatDoesNotEndInTime) {
  auto release = std::make_shared<std::promise<void>>();
  auto running = std::make_shared<std::promise<void>>();
  const auto start = std::chrono::steady_clock::now();
  {
    const Check check = health_.AddCheck("db",
                                         [release, running] {
                                           running->set_value();
                                           release->get_future().wait();
                                           return true;
                                         },
                                         {.timeout = 50ms});
    running->get_future().wait();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 15s);
  release->set_value();
}

TEST_F(HealthTest, IsAliveButNotReadyWhileAShardReconnects) {
  health_.SetReady();
  bool connected = true;
  {
    const auto registration = health_.SetShardSource(
        [&] { return std::vector<ShardState>{{.id = 0, .connected = true}, {.id = 1, .connected = connected}}; });
    EXPECT_EQ(health_.Ready().json, R"({"status":"ok","shards":{"0":"connected","1":"connected"}})");
    connected = false;
    EXPECT_EQ(health_.Ready().status, 503);
    EXPECT_EQ(health_.Ready().json, R"({"status":"unavailable","shards":{"0":"connected","1":"disconnected"}})");
    EXPECT_EQ(health_.Live().status, 200);
    EXPECT_EQ(health_.Live().json, R"({"status":"ok","shards":{"0":"connected","1":"disconnected"}})");
  }
  EXPECT_EQ(health_.Ready().json, R"({"status":"ok"})") << "the source went with its registration";
}

TEST_F(HealthTest, RefusesNamesOfItsOwnAndEmptyFunctions) {
  const auto works = [] { return true; };
  for (const auto* name : {"", "status", "loops", "shards"}) {
    EXPECT_THROW(static_cast<void>(health_.AddCheck(name, works)), std::invalid_argument) << name;
  }
  EXPECT_THROW(static_cast<void>(health_.AddCheck("db", nullptr)), std::invalid_argument);
}

TEST_F(HealthTest, ExportsAHeartbeatThatAgreesWithTheProbe) {
  metrics::Registry registry({}, clock_);
  const auto subscription = RegisterHeartbeatGauge(registry, health_);
  health_.SetReady();
  const auto heartbeats = [&] {
    std::map<std::string, double> values;
    for (const auto& metric : registry.Collect().metrics) {
      if (metric.name != "heartbeat") continue;
      EXPECT_EQ(metric.label_names, std::vector<std::string>{"background_job"});
      for (const auto& point : metric.points) values[point.label_values.at(0)] = point.value;
    }
    return values;
  };
  EXPECT_TRUE(heartbeats().empty()) << "a loop that does not run here has no series";
  Loop over = health_.RegisterLoop("cache_cleanup");
  Loop stuck = health_.RegisterLoop("download_files");
  over.Stop();
  EXPECT_EQ(heartbeats(), (std::map<std::string, double>{{"cache_cleanup", 1}, {"download_files", 1}}));
  EXPECT_EQ(health_.Live().status, 200);
  clock_.Advance(301s);
  EXPECT_EQ(heartbeats(), (std::map<std::string, double>{{"cache_cleanup", 1}, {"download_files", 0}}));
  EXPECT_EQ(health_.Live().status, 503);
}

}  // namespace
}  // namespace guildscope::health
