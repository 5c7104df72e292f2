#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/testing/otlp_receiver.hpp"
#include "tests/collector_faults/account_books.hpp"
#include "tests/otlp/telemetry_to.hpp"
#include "tests/spool/ordered_collector.hpp"

/// One process with a spool: its books, its limit, and broken disks.
namespace guildscope {
namespace {

using config::OtlpProtocol;
using testing::OtlpFault;
using namespace std::chrono_literals;

class TelemetryWithSpool : public ::testing::TestWithParam<OtlpProtocol> {
 protected:
  TelemetryWithSpool() {
    std::string pattern = ::testing::TempDir() + "kept_XXXXXX";
    root_ = mkdtemp(pattern.data());
    options_ = OptionsFor(receiver_, GetParam());
    options_.spool.directory = (root_ / "spool").string();
    options_.spool.max_bytes = 1024 * 1024;
    options_.logging.otlp_only = true;
    options_.metrics.exporter = config::Exporter::kNone;
  }
  ~TelemetryWithSpool() override {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  void Record(Telemetry& telemetry, int spans) {
    for (int i = 0; i < spans; ++i) {
      telemetry.tracer().Start("command").End();
      // So that nothing is lost before it could be kept.
      while (i % 500 == 0 && ReadBooks(telemetry.metrics(), "span").waiting > 1'000) std::this_thread::yield();
    }
  }

  /// recorded + inherited = delivered + lost + kept.
  static void ExpectClosedBooks(Telemetry& telemetry, double recorded, double arrived) {
    const Books books = ReadBooks(telemetry.metrics(), "span");
    const double kept = ReadMetric(telemetry.metrics(), "guildscope.spool.items", "traces");
    const double inherited = ReadMetric(telemetry.metrics(), "guildscope.spool.inherited_items", "traces");
    EXPECT_EQ(books.recorded(), recorded);
    EXPECT_EQ(books.delivered, arrived);
    EXPECT_EQ(books.recorded() + inherited, books.delivered + books.lost() + kept);
    EXPECT_EQ(books.in_flight, 0);
    EXPECT_EQ(books.waiting, 0);
  }

  double Spool(Telemetry& telemetry, const std::string& what, const std::string& signal = "") {
    return ReadMetric(telemetry.metrics(), "guildscope.spool." + what, signal);
  }

  testing::OtlpReceiver receiver_;
  std::filesystem::path root_;
  config::TelemetryOptions options_;
};

INSTANTIATE_TEST_SUITE_P(Every, TelemetryWithSpool, ::testing::Values(OtlpProtocol::kGrpc, OtlpProtocol::kHttpProtobuf),
                         [](const auto& test) { return test.param == OtlpProtocol::kGrpc ? "Grpc" : "Http"; });

TEST_P(TelemetryWithSpool, KeepsOverARestartWhatNoCollectorTook) {
  receiver_.Stop();
  {
    Telemetry telemetry(options_);
    Record(telemetry, 3'000);
    EXPECT_FALSE(telemetry.Flush(100ms));
    EXPECT_TRUE(telemetry.Shutdown());  // nothing was lost
    ExpectClosedBooks(telemetry, 3'000, 0);
    EXPECT_EQ(Spool(telemetry, "items", "traces"), 3'000);
    EXPECT_EQ(Spool(telemetry, "usable"), 1);
    EXPECT_GT(Spool(telemetry, "size"), 0);
  }
  receiver_.Start();
  Telemetry telemetry(options_);
  Record(telemetry, 10);
  EXPECT_TRUE(telemetry.Flush(kPatience));
  ExpectClosedBooks(telemetry, 10, 3'010);
  EXPECT_EQ(receiver_.store().span_count(), 3'010);
  EXPECT_EQ(Spool(telemetry, "inherited_items", "traces"), 3'000);
  EXPECT_EQ(Spool(telemetry, "oldest_age", "traces"), 0);
  // What each span came from stays true: every process has an instance id of its own.
  std::map<std::string, int> instances;
  for (const auto& span : receiver_.store().Spans()) ++instances[span.resource.at("service.instance.id")];
  EXPECT_EQ(instances.size(), 2);
}

TEST_P(TelemetryWithSpool, CountsToTheItemWhatMadeRoomAtTheLimit) {
  options_.spool.compress = false;
  receiver_.Stop();
  constexpr int kSpans = 20'000;
  Telemetry telemetry(options_);
  Record(telemetry, kSpans);
  EXPECT_FALSE(telemetry.Flush(0ms));
  EXPECT_LE(Spool(telemetry, "size"), static_cast<double>(options_.spool.max_bytes));
  receiver_.Start();
  EXPECT_TRUE(telemetry.Flush(kPatience));  // of what is left
  const double dropped = Spool(telemetry, "dropped_items", "traces");
  EXPECT_GT(dropped, 1'000);
  EXPECT_EQ(static_cast<double>(receiver_.store().span_count()) + dropped, kSpans);
  ExpectClosedBooks(telemetry, kSpans, static_cast<double>(receiver_.store().span_count()));
  EXPECT_EQ(ReadBooks(telemetry.metrics(), "span").reasons, (std::map<std::string, double>{{"spool_full", dropped}}));
}

TEST_P(TelemetryWithSpool, DeliversWithoutAFolderThatCannotBeUsed) {
  std::ofstream(options_.spool.directory) << "a file where the folder should be";
  Telemetry telemetry(options_);
  Record(telemetry, 100);
  EXPECT_TRUE(telemetry.Flush(kPatience));
  ExpectClosedBooks(telemetry, 100, 100);
  EXPECT_EQ(Spool(telemetry, "usable"), 0);
  EXPECT_GT(Spool(telemetry, "errors"), 0);
}

/// Writes to files fail beyond this length, as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_;
};

TEST_P(TelemetryWithSpool, CountsWhatAFullDiskDidNotTakeAndDeliversTheRest) {
  options_.traces.batch.export_timeout = 300ms;
  receiver_.Stop();
  constexpr int kSpans = 10'000;
  {
    const FullDisk full(16);  // not even a segment's header
    Telemetry telemetry(options_);
    for (int i = 0; i < kSpans; ++i) telemetry.tracer().Start("command").End();
    telemetry.Flush(2s);
    receiver_.Start();
    telemetry.Shutdown();
    const Books books = ReadBooks(telemetry.metrics(), "span");
    EXPECT_GT(books.lost(), 0);
    EXPECT_GT(Spool(telemetry, "errors"), 0);
    ExpectClosedBooks(telemetry, kSpans, static_cast<double>(receiver_.store().span_count()));
  }
  receiver_.store().Clear();
  const auto before = receiver_.store().span_count();
  Telemetry telemetry(options_);
  Record(telemetry, 10);
  EXPECT_TRUE(telemetry.Flush(kPatience));
  ExpectClosedBooks(telemetry, 10, static_cast<double>(receiver_.store().span_count() - before));
}

TEST_P(TelemetryWithSpool, WhatIsRefusedIsLostAndNotKept) {
  receiver_.SetFault({.kind = OtlpFault::Kind::kStatus, .status = 400, .requests = 1});
  Telemetry telemetry(options_);
  Record(telemetry, 5);
  EXPECT_FALSE(telemetry.Flush(kPatience));
  Record(telemetry, 5);
  EXPECT_TRUE(telemetry.Flush(kPatience));
  EXPECT_EQ(ReadBooks(telemetry.metrics(), "span").reasons, (std::map<std::string, double>{{"export_failed", 5}}));
  ExpectClosedBooks(telemetry, 10, 5);
}

TEST_P(TelemetryWithSpool, WhatIsAskedToWaitIsKeptMeanwhile) {
  receiver_.SetFault({.kind = OtlpFault::Kind::kStatus, .status = 429, .retry_after = 1s, .requests = 1});
  Telemetry telemetry(options_);
  Record(telemetry, 5);
  EXPECT_TRUE(telemetry.Flush(kPatience));
  EXPECT_EQ(receiver_.stats(testing::OtlpSignal::kTraces).requests, 2);
  EXPECT_EQ(Spool(telemetry, "replayed_items", "traces"), 5);
  EXPECT_EQ(Spool(telemetry, "resent_items", "traces"), 0);
  ExpectClosedBooks(telemetry, 5, 5);
}

// Deltas that are kept are not counted again: the sum of all that arrives is what was counted.
TEST(SpooledDeltas, AddUpToWhatWasCounted) {
  std::string pattern = ::testing::TempDir() + "deltas_XXXXXX";
  const std::filesystem::path root = mkdtemp(pattern.data());
  OrderedCollector collector;
  config::TelemetryOptions options;
  options.otlp_enabled = true;
  options.health_server.enabled = false;
  options.logging.otlp_only = true;
  options.traces.exporter = config::Exporter::kNone;
  options.logs.exporter = config::Exporter::kNone;
  options.metrics.otlp.endpoint = collector.grpc_endpoint();
  options.metrics.temporality = config::MetricTemporality::kDelta;
  options.metrics.export_interval = 1h;
  options.spool.directory = (root / "spool").string();
  double counted = 0;
  const auto count = [&](Telemetry& telemetry) {
    auto commands = telemetry.metrics().Get(metrics::catalogue::kDiscordCommands).Bind({"weight", "success"});
    for (int i = 1; i <= 3; ++i) {
      commands.Add(static_cast<std::uint64_t>(i));
      counted += i;
      telemetry.Flush(50ms);
    }
  };
  {
    Telemetry telemetry(options);
    count(telemetry);
    EXPECT_TRUE(telemetry.Shutdown());
  }
  {
    Telemetry telemetry(options);
    count(telemetry);
    collector.ComeBack();
    count(telemetry);
    EXPECT_TRUE(telemetry.Flush(kPatience));
    EXPECT_TRUE(telemetry.Shutdown());
    EXPECT_EQ(ReadMetric(telemetry.metrics(), "guildscope.spool.resent_items", "metrics"), 0);
  }
  EXPECT_EQ(collector.sum("disruptor.discord.commands"), counted);
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace guildscope
