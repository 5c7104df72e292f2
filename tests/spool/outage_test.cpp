#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "guildscope/testing/process.hpp"
#include "tests/spool/ordered_collector.hpp"
#include "tests/spool/progress.hpp"

/// Processes that record while the collector is away, and are killed.
namespace guildscope {
namespace {

using testing::Process;
using namespace std::chrono_literals;
constexpr auto kPatience = 60s;

class Outage : public ::testing::TestWithParam<const char*> {
 protected:
  static constexpr std::uint64_t kQueue = 2'000;
  static constexpr std::uint64_t kBatch = 500;

  Outage() {
    std::string pattern = ::testing::TempDir() + "outage_XXXXXX";
    root_ = mkdtemp(pattern.data());
  }
  ~Outage() override {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  /// `count` spans and as many log records of each thread.
  std::unique_ptr<Process> Run(const std::string& run, std::uint64_t count, bool wait = false) {
    std::vector<std::string> command{SPOOL_VICTIM, run, std::to_string(count), ProgressPath(run)};
    if (wait) command.emplace_back("wait");
    const std::string queue = std::to_string(kQueue);
    const std::string batch = std::to_string(kBatch);
    return std::make_unique<Process>(
        testing::ProcessOptions{.command = command,
                                .environment = {{"MONITORING_OTLP_ENABLED", "true"},
                                                {"MONITORING_OTLP_TRACES_ENDPOINT", collector_.traces_endpoint()},
                                                {"MONITORING_OTLP_LOGS_ENDPOINT", collector_.grpc_endpoint()},
                                                {"MONITORING_METRICS_EXPORTER", "none"},
                                                {"MONITORING_OTLP_SPOOL_DIRECTORY", (root_ / "spool").string()},
                                                {"MONITORING_OTLP_SPOOL_MODE", GetParam()},
                                                {"MONITORING_TRACES_MAX_QUEUE_SIZE", queue},
                                                {"MONITORING_LOGS_MAX_QUEUE_SIZE", queue},
                                                {"MONITORING_TRACES_MAX_EXPORT_BATCH_SIZE", batch},
                                                {"MONITORING_LOGS_MAX_EXPORT_BATCH_SIZE", batch},
                                                {"MONITORING_TRACES_SCHEDULE_DELAY", "50ms"},
                                                {"MONITORING_LOGS_SCHEDULE_DELAY", "50ms"},
                                                {"MONITORING_HEALTH_SERVER_ENABLED", "false"},
                                                {"LOGGING_OTLP_ONLY", "true"}}});
  }

  std::string ProgressPath(const std::string& run) const { return (root_ / ("progress." + run)).string(); }

  std::uint64_t Produced(const std::string& run) const {
    const ProgressFile progress(ProgressPath(run));
    return progress->produced[0].load() + progress->produced[1].load();
  }

  void KillWhenItHasProduced(const std::string& run, Process& process, std::uint64_t count) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (Produced(run) < count && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    process.Signal(SIGKILL);
    EXPECT_EQ(process.Wait(kPatience), (testing::ProcessEnd{.exit_status = -1, .signal = SIGKILL}));
    EXPECT_GE(Produced(run), count);
  }

  nlohmann::json Ended(Process& process) {
    const nlohmann::json ended = process.WaitForEvent("ended", kPatience);
    EXPECT_TRUE(process.Wait(kPatience)) << process.Errors();
    return ended;
  }

  /// Of a run, by thread, in the order of arrival.
  static std::vector<std::uint64_t> Of(const std::vector<Arrived>& all, const std::string& run, std::uint64_t thread) {
    std::vector<std::uint64_t> numbers;
    for (const Arrived& one : all) {
      if (one.run == run && one.thread == thread) numbers.push_back(one.number);
    }
    return numbers;
  }

  /// 1, 2, 3… without a gap and without one twice. Returns how many are missing behind the last.
  std::uint64_t ExpectAnUnbrokenBeginning(const std::vector<Arrived>& all, const std::string& run) {
    const ProgressFile progress(ProgressPath(run));
    EXPECT_EQ(progress->dropped.load(), 0);
    std::uint64_t missing = 0;
    for (std::uint64_t thread = 0; thread < Progress::kThreads; ++thread) {
      const auto numbers = Of(all, run, thread);
      std::uint64_t wrong = 0;
      for (std::size_t i = 0; i < numbers.size(); ++i) wrong += numbers[i] == i + 1 ? 0 : 1;
      EXPECT_EQ(wrong, 0) << run << " " << thread;
      // A record may be on its way when the kill comes before the note that it is.
      missing += std::max(progress->produced[thread].load(), numbers.size()) - numbers.size();
    }
    return missing;
  }

  static void ExpectInThisOrder(const std::vector<Arrived>& all, const std::vector<std::string>& runs) {
    std::vector<std::string> seen;
    for (const Arrived& one : all) {
      if (seen.empty() || seen.back() != one.run) seen.push_back(one.run);
    }
    EXPECT_EQ(seen, runs);
  }

  std::filesystem::path root_;
  OrderedCollector collector_;
};

INSTANTIATE_TEST_SUITE_P(Every, Outage, ::testing::Values("on_failure", "write_ahead"),
                         [](const auto& test) { return std::string(test.param); });

// 200,000 spans and log records, all while the collector is away.
TEST_P(Outage, EverythingUpToTheBoundArrivesInOrderAndOnceThoughTheProcessWasKilled) {
  auto killed = Run("killed", 1'000'000);
  KillWhenItHasProduced("killed", *killed, 50'000);
  const auto whole = Ended(*Run("whole", 25'000));
  EXPECT_EQ(whole.at("lost"), 0);
  EXPECT_TRUE(collector_.spans().empty());

  collector_.ComeBack();
  const auto last = Ended(*Run("last", 10, true));
  EXPECT_EQ(last.at("arrived"), 1);
  EXPECT_EQ(last.at("lost"), 0);
  EXPECT_EQ(last.at("resent_spans"), 0);
  EXPECT_EQ(last.at("resent_logs"), 0);

  for (const auto& all : {collector_.spans(), collector_.logs()}) {
    ExpectInThisOrder(all, {"killed", "whole", "last"});
    EXPECT_LE(ExpectAnUnbrokenBeginning(all, "killed"), kQueue + kBatch);
    EXPECT_EQ(ExpectAnUnbrokenBeginning(all, "whole"), 0);
    EXPECT_EQ(ExpectAnUnbrokenBeginning(all, "last"), 0);
  }
}

// Killed while it sends what was kept: the request that was on its way is there twice at most, and counted.
TEST_P(Outage, AKillWhileTheKeptIsSentRepeatsOneRequestAtMost) {
  EXPECT_EQ(Ended(*Run("kept", 20'000)).at("lost"), 0);
  collector_.BeSlow(20ms);
  collector_.ComeBack();
  auto killed = Run("killed", 0);
  ASSERT_TRUE(collector_.WaitFor(
      [&] { return collector_.spans().size() >= 10 * kBatch && collector_.logs().size() >= 10 * kBatch; }, kPatience));
  killed->Signal(SIGKILL);
  ASSERT_TRUE(killed->Wait(kPatience));
  collector_.BeSlow(0ms);

  const auto last = Ended(*Run("last", 10, true));
  EXPECT_EQ(last.at("arrived"), 1);
  EXPECT_EQ(last.at("lost"), 0);
  const std::vector<Arrived> spans = collector_.spans();
  const std::vector<Arrived> logs = collector_.logs();
  for (const auto& [all, resent] : {std::pair{spans, last.at("resent_spans").get<std::uint64_t>()},
                                    {logs, last.at("resent_logs").get<std::uint64_t>()}}) {
    std::set<std::pair<std::uint64_t, std::uint64_t>> once;
    std::uint64_t kept = 0;
    for (const Arrived& one : all) {
      if (one.run != "kept") continue;
      ++kept;
      once.emplace(one.thread, one.number);
    }
    EXPECT_EQ(once.size(), 40'000);
    EXPECT_LE(kept - once.size(), kBatch);
    EXPECT_LE(kept - once.size(), resent);
    EXPECT_LE(resent, kBatch);
  }
}

TEST_P(Outage, ASecondProcessSaysThatTheFolderIsUsedAndDeliversWithoutIt) {
  auto first = Run("first", 1'000'000);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (Produced("first") < 4 * kQueue && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  collector_.ComeBack();
  auto second = Run("second", 100, true);
  const auto ended = Ended(*second);
  EXPECT_EQ(ended.at("arrived"), 1);
  EXPECT_EQ(ended.at("lost"), 0);
  EXPECT_THAT(second->Errors(), ::testing::HasSubstr("is used by another process, " + std::to_string(first->pid())));
  EXPECT_EQ(ExpectAnUnbrokenBeginning(collector_.spans(), "second"), 0);
  EXPECT_EQ(ExpectAnUnbrokenBeginning(collector_.logs(), "second"), 0);
}

}  // namespace
}  // namespace guildscope
