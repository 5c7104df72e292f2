#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/testing/tcp_relay.hpp"
#include "tests/collector_faults/books.hpp"
#include "tests/otlp/telemetry_to.hpp"

namespace guildscope {
namespace {

using config::OtlpProtocol;
using testing::OtlpFault;
using testing::OtlpReceiver;
using testing::TcpRelay;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

/// One way in which a collector can be bad, and what of it the tests may expect.
struct Badness {
  const char* name;
  /// Applied to the receiver and the relays in front of its gRPC and HTTP ports.
  std::function<void(OtlpReceiver&, TcpRelay&, TcpRelay&)> apply;
};

void ToSockets(TcpRelay::Mode mode, TcpRelay& grpc, TcpRelay& http) {
  grpc.SetMode(mode);
  http.SetMode(mode);
}

const Badness kAll[] = {
    {"Down", [](OtlpReceiver&, TcpRelay& grpc, TcpRelay& http) { ToSockets(TcpRelay::Mode::kRefuse, grpc, http); }},
    {"BlackHoledAtTheSocket",
     [](OtlpReceiver&, TcpRelay& grpc, TcpRelay& http) { ToSockets(TcpRelay::Mode::kBlackHole, grpc, http); }},
    {"BlackHoledAfterTheRequest",
     [](OtlpReceiver& receiver, TcpRelay&, TcpRelay&) { receiver.SetFault({.kind = OtlpFault::Kind::kBlackHole}); }},
    {"Answering500", [](OtlpReceiver& receiver, TcpRelay&,
                        TcpRelay&) { receiver.SetFault({.kind = OtlpFault::Kind::kStatus, .status = 500}); }},
    {"Answering503",
     [](OtlpReceiver& receiver, TcpRelay&, TcpRelay&) {
       receiver.SetFault({.kind = OtlpFault::Kind::kStatus, .status = 503, .retry_after = 3600s});
     }},
    {"AnsweringGarbage",
     [](OtlpReceiver& receiver, TcpRelay&, TcpRelay&) { receiver.SetFault({.kind = OtlpFault::Kind::kGarbage}); }},
    {"GarbageAtTheSocket",
     [](OtlpReceiver&, TcpRelay& grpc, TcpRelay& http) { ToSockets(TcpRelay::Mode::kGarbage, grpc, http); }},
    {"ResettingConnections",
     [](OtlpReceiver&, TcpRelay& grpc, TcpRelay& http) { ToSockets(TcpRelay::Mode::kReset, grpc, http); }},
    {"ResettingInTheMiddleOfARequest",
     [](OtlpReceiver&, TcpRelay& grpc, TcpRelay& http) { ToSockets(TcpRelay::Mode::kResetLate, grpc, http); }},
    {"ReadingOneByteASecond",
     [](OtlpReceiver&, TcpRelay& grpc, TcpRelay& http) { ToSockets(TcpRelay::Mode::kTrickle, grpc, http); }},
    {"Answering429",
     [](OtlpReceiver& receiver, TcpRelay&, TcpRelay&) {
       receiver.SetFault(
           {.kind = OtlpFault::Kind::kStatus, .status = 429, .retry_after = 3600s, .retry_after_as_date = true});
     }},
};

using Case = std::tuple<OtlpProtocol, Badness>;

/// In a folder that goes with it.
struct SpoolFolder {
  SpoolFolder() {
    std::string pattern = ::testing::TempDir() + "faults_XXXXXX";
    path = mkdtemp(pattern.data());
  }
  ~SpoolFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

class CollectorFaults : public ::testing::TestWithParam<Case> {
 protected:
  CollectorFaults() {
    options_ = Relayed();
    options_.shutdown_timeout = kShutdownLimit;
    options_.logging.otlp_only = true;  // the console would be what slows the recording down
    for (auto* batch : {&options_.traces.batch, &options_.logs.batch}) {
      batch->schedule_delay = 10ms;
      batch->max_queue_size = 1'000;
      batch->max_export_batch_size = 100;
    }
    options_.metrics.export_interval = 50ms;
    std::get<1>(GetParam()).apply(receiver_, grpc_relay_, http_relay_);
  }

  static OtlpProtocol protocol() { return std::get<0>(GetParam()); }

  config::TelemetryOptions Relayed() {
    config::TelemetryOptions options = OptionsFor(receiver_, protocol());
    const bool grpc = protocol() == OtlpProtocol::kGrpc;
    const std::uint16_t from = grpc ? receiver_.grpc_port() : receiver_.http_port();
    const std::uint16_t to = grpc ? grpc_relay_.port() : http_relay_.port();
    for (auto* otlp : {&options.traces.otlp, &options.metrics.otlp, &options.logs.otlp}) {
      const std::string port = ":" + std::to_string(from);
      otlp->endpoint.replace(otlp->endpoint.find(port), port.size(), ":" + std::to_string(to));
    }
    return options;
  }

  /// How many calls were slow enough to have waited for the collector.
  static int Record(Telemetry& telemetry, std::uint64_t items) {
    constexpr auto kBlocked = 5s;
    auto counter = telemetry.metrics().Get(metrics::catalogue::kDiscordCommands).Bind({"weight", "success"});
    const auto logger = telemetry.logger("commands");
    int blocked_calls = 0;
    for (std::uint64_t i = 0; i < items; ++i) {
      const auto start = SteadyClock::now();
      auto span = telemetry.tracer().StartActive("command weight");
      logger.Info("number {}", i);
      counter.Add();
      span->End();
      if (SteadyClock::now() - start > kBlocked) ++blocked_calls;
    }
    EXPECT_EQ(counter.Value(), items);
    return blocked_calls;
  }

  /// Whether the collector's answer says that trying again makes no sense.
  static bool IsForGood() {
    const std::string name = std::get<1>(GetParam()).name;
    return name == "Answering500" || name == "AnsweringGarbage";
  }

  static constexpr std::chrono::milliseconds kShutdownLimit{2'000};
  /// What a busy machine may add. A shutdown that waits for the collector takes ten seconds and more.
  static constexpr std::chrono::milliseconds kSlack{4'000};

  OtlpReceiver receiver_;
  TcpRelay grpc_relay_{receiver_.grpc_port()};
  TcpRelay http_relay_{receiver_.http_port()};
  config::TelemetryOptions options_;
};

INSTANTIATE_TEST_SUITE_P(Every, CollectorFaults,
                         ::testing::Combine(::testing::Values(OtlpProtocol::kGrpc, OtlpProtocol::kHttpProtobuf),
                                            ::testing::ValuesIn(kAll)),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param) == OtlpProtocol::kGrpc ? "Grpc" : "Http") +
                                  std::get<1>(test.param).name;
                         });

// A call that waited for the collector would take as long as an attempt may (10 s); no call comes near it.
TEST_P(CollectorFaults, NeverBlockRecordingAndEndWithinTheBoundWithEverythingCounted) {
  constexpr std::uint64_t kRecorded = 5'000;
  Telemetry telemetry(options_);
  EXPECT_EQ(Record(telemetry, kRecorded), 0);

  const auto start = SteadyClock::now();
  EXPECT_FALSE(telemetry.Shutdown());
  EXPECT_LT(SteadyClock::now() - start, kShutdownLimit + kSlack);

  ExpectClosedBooks(ReadBooks(telemetry.metrics(), "span"), kRecorded, receiver_.store().span_count());
  ExpectClosedBooks(ReadBooks(telemetry.metrics(), "log"), kRecorded, receiver_.store().log_count());
  const Books points = ReadBooks(telemetry.metrics(), "metric_data_point");
  EXPECT_EQ(points.delivered, static_cast<double>(receiver_.store().point_count()));
  EXPECT_GT(points.lost(), 0);
  EXPECT_EQ(points.in_flight, 0);
}

// The same with a spool: what may be sent again is kept, and nothing is lost but by a full queue. What arrived although
// nobody said so is kept, too.
TEST_P(CollectorFaults, WithASpoolLoseNothingButWhatIsRefusedForGood) {
  constexpr std::uint64_t kRecorded = 5'000;
  const SpoolFolder folder;
  options_.spool.directory = folder.path / "spool";
  for (auto* batch : {&options_.traces.batch, &options_.logs.batch}) batch->max_queue_size = 2 * kRecorded;
  Telemetry telemetry(options_);
  EXPECT_EQ(Record(telemetry, kRecorded), 0);

  const auto start = SteadyClock::now();
  telemetry.Shutdown();
  EXPECT_LT(SteadyClock::now() - start, kShutdownLimit + kSlack);

  for (const auto& [name, signal] : {std::pair{"span", "traces"}, {"log", "logs"}, {"metric_data_point", "metrics"}}) {
    const Books books = ReadBooks(telemetry.metrics(), name);
    const double kept = ReadMetric(telemetry.metrics(), "guildscope.spool.items", signal);
    EXPECT_EQ(books.in_flight, 0) << name;
    if (std::string(name) != "metric_data_point") {
      EXPECT_EQ(books.recorded(), kRecorded) << name;
      EXPECT_EQ(books.recorded(), books.delivered + books.lost() + kept) << name;
    }
    for (const auto& [reason, items] : books.reasons) EXPECT_EQ(reason, "export_failed") << items << " of " << name;
    if (IsForGood()) continue;  // at the end some of it may not have been tried yet
    EXPECT_EQ(books.lost(), 0) << name;
    EXPECT_GT(kept, 0) << name;
  }
}

}  // namespace
}  // namespace guildscope
