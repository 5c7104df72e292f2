#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "guildscope/testing/sanitized.hpp"
#include "guildscope/testing/tcp_relay.hpp"
#include "tests/collector_faults/books.hpp"
#include "tests/otlp/telemetry_to.hpp"

/// What a collector that takes nothing costs in memory, under load.
namespace guildscope {
namespace {

using config::OtlpProtocol;
using testing::TcpRelay;

double ResidentMebibytes() {
  std::ifstream statm("/proc/self/statm");
  double pages = 0;
  statm >> pages >> pages;
  return pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

class BlackHoleUnderLoad : public ::testing::TestWithParam<std::tuple<OtlpProtocol, bool>> {};

INSTANTIATE_TEST_SUITE_P(Every, BlackHoleUnderLoad,
                         ::testing::Combine(::testing::Values(OtlpProtocol::kGrpc, OtlpProtocol::kHttpProtobuf),
                                            ::testing::Bool()),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param) == OtlpProtocol::kGrpc ? "Grpc" : "Http") +
                                  (std::get<1>(test.param) ? "WithASpool" : "");
                         });

// Items of a few hundred bytes: what were kept of 300,000 of them would be a hundred megabytes. Under a sanitizer,
// whose own memory grows, fewer of them show at least that each is counted.
TEST_P(BlackHoleUnderLoad, TakesNoMoreMemoryTheLongerItLasts) {
  constexpr double kMostMebibytes = 16;
  constexpr int kItems = testing::kSanitized ? 30'000 : 300'000;
  testing::OtlpReceiver receiver;
  const bool grpc = std::get<0>(GetParam()) == OtlpProtocol::kGrpc;
  TcpRelay relay(grpc ? receiver.grpc_port() : receiver.http_port());
  relay.SetMode(TcpRelay::Mode::kBlackHole);
  config::TelemetryOptions options = OptionsFor(receiver, std::get<0>(GetParam()));
  const std::string to = "http://127.0.0.1:" + std::to_string(relay.port());
  options.traces.otlp.endpoint = to + (grpc ? "" : "/v1/traces");
  options.logs.otlp.endpoint = to + (grpc ? "" : "/v1/logs");
  options.metrics.exporter = config::Exporter::kNone;
  options.logging.otlp_only = true;
  options.shutdown_timeout = std::chrono::milliseconds(500);
  std::string pattern = ::testing::TempDir() + "memory_XXXXXX";
  const std::filesystem::path folder = mkdtemp(pattern.data());
  if (std::get<1>(GetParam())) {
    options.spool.directory = (folder / "spool").string();
    options.spool.max_bytes = 1024 * 1024;
  }
  {
    Telemetry telemetry(options);
    const auto logger = telemetry.logger("commands");
    const auto record = [&](int items) {
      for (int i = 0; i < items; ++i) {
        auto span = telemetry.tracer().StartActive("command weight", {.attributes = {{"guild_id", i}, {"shard", 1}}});
        logger.Info("number {} of many that nobody takes", i);
        span->End();
      }
    };
    record(30'000);
    const double before = ResidentMebibytes();
    record(kItems);
    const double growth = ResidentMebibytes() - before;
    std::cout << "resident memory grew by " << growth << " MiB\n";
    EXPECT_TRUE(testing::kSanitized || growth < kMostMebibytes) << growth;
    telemetry.Shutdown();
    EXPECT_EQ(ReadBooks(telemetry.metrics(), "span").recorded(), 30'000 + kItems);
    EXPECT_EQ(ReadBooks(telemetry.metrics(), "log").recorded(), 30'000 + kItems);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace guildscope
