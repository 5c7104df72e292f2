#include "guildscope/export/flight_recovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <condition_variable>
#include <map>
#include <mutex>

#include "guildscope/export/flight_requests.hpp"
#include "guildscope/flight_recorder/flight_fixture.hpp"
#include "guildscope/logging/logging.hpp"

namespace guildscope::exporting {
namespace {

namespace proto = opentelemetry::proto;
using namespace std::chrono_literals;
using flight::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// What a collector got; it takes everything or is away.
struct Collector {
  std::mutex mutex;
  std::condition_variable changed;
  bool away = false;
  std::vector<std::string> requests;  // guarded by mutex
  int refused = 0;                    // guarded by mutex
};

class ToCollector final : public Transport {
 public:
  explicit ToCollector(std::shared_ptr<Collector> collector) : collector_(std::move(collector)) {}
  Reply Send(const Request& request, std::chrono::steady_clock::time_point) noexcept override {
    const std::lock_guard lock(collector_->mutex);
    if (!collector_->away) collector_->requests.push_back(request.bytes);
    collector_->refused += collector_->away ? 1 : 0;
    collector_->changed.notify_all();
    return {.outcome = collector_->away ? Reply::Outcome::kRefused : Reply::Outcome::kAccepted};
  }
  void Cancel() noexcept override {}
  const std::string& destination() const noexcept override { return destination_; }

 private:
  const std::shared_ptr<Collector> collector_;
  const std::string destination_ = "a test";
};

class FlightRecoveryTest : public flight::FlightFixture {
 protected:
  /// As a process leaves it that was killed.
  void LeaveOne(const std::string& name) {
    const auto recorder = Start();
    proto::trace::v1::Span span;
    span.set_trace_id(std::string(16, 't'));
    for (const char* id : {"12345678", "abcdefgh"}) {
      span.set_span_id(id);
      span.set_name(name);
      recorder->SpanStarted("", span.SerializeAsString(), 10);
    }
    recorder->SpanEnded("", span.SerializeAsString(), 20);
    proto::logs::v1::LogRecord record;
    record.mutable_body()->set_string_value(name);
    recorder->LogRecorded("", record.SerializeAsString(), 30);
  }

  std::unique_ptr<FlightRecovery> Recover() {
    const auto to = [](const std::shared_ptr<Collector>& collector) {
      return std::make_unique<Delivery>(std::make_unique<ToCollector>(collector));
    };
    return std::make_unique<FlightRecovery>(
        FlightRecovery::Parts{.directory = options_.directory,
                              .traces = to(traces_),
                              .logs = to(logs_),
                              .redactor = redactor_,
                              .logger = logging_.Get("test"),
                              .on_counts =
                                  [this](Signal signal, const FlightRecovery::Counts& counts) {
                                    const std::lock_guard lock(mutex_);
                                    exported_[signal] += counts.exported;
                                    failed_[signal] += counts.failed;
                                  },
                              .first_wait = 1ms});
  }

  static bool Eventually(Collector& collector, const std::function<bool()>& condition) {
    std::unique_lock lock(collector.mutex);
    return collector.changed.wait_for(lock, 30s, condition);
  }
  bool FilesAreGone() {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!flight::RecordingFiles(options_.directory).empty()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  logging::Logging logging_{{.level = logging::Level::kOff}, redactor_};
  std::shared_ptr<Collector> traces_ = std::make_shared<Collector>();
  std::shared_ptr<Collector> logs_ = std::make_shared<Collector>();
  std::mutex mutex_;
  std::map<Signal, std::uint64_t> exported_;  // guarded by mutex_
  std::map<Signal, std::uint64_t> failed_;    // guarded by mutex_
};

TEST_F(FlightRecoveryTest, SendsWhatIsLeftAndPutsTheFileAway) {
  LeaveOne("play");
  const auto recovery = Recover();
  ASSERT_TRUE(FilesAreGone());
  recovery->Stop(30s);
  EXPECT_EQ(exported_[Signal::kTraces], 2U);
  EXPECT_EQ(exported_[Signal::kLogs], 1U);
  ASSERT_THAT(traces_->requests, SizeIs(1));
  proto::collector::trace::v1::ExportTraceServiceRequest request;
  ASSERT_TRUE(request.ParseFromString(traces_->requests[0]));
  const auto& spans = request.resource_spans(0).scope_spans(0).spans();
  ASSERT_EQ(spans.size(), 2);
  EXPECT_EQ(spans[0].status().code(), proto::trace::v1::Status::STATUS_CODE_UNSET);
  EXPECT_EQ(spans[1].span_id(), "12345678");
  EXPECT_EQ(spans[1].status().code(), proto::trace::v1::Status::STATUS_CODE_ERROR);
  EXPECT_GE(spans[1].end_time_unix_nano(), 30U);
}

TEST_F(FlightRecoveryTest, DoesNotSendTwiceWhatOneCollectorHasWhileTheOtherIsAway) {
  LeaveOne("play");
  traces_->away = true;
  for (int start = 1; start <= 2; ++start) {
    const auto recovery = Recover();
    ASSERT_TRUE(Eventually(*traces_, [&] { return traces_->refused >= 3 * start; }));
    ASSERT_TRUE(Eventually(*logs_, [&] { return !logs_->requests.empty(); }));
  }
  EXPECT_THAT(logs_->requests, SizeIs(1));
  EXPECT_THAT(flight::RecordingFiles(options_.directory), SizeIs(1));
  {
    const std::lock_guard lock(traces_->mutex);
    traces_->away = false;
  }
  const auto recovery = Recover();
  EXPECT_TRUE(FilesAreGone());
  recovery->Stop(30s);
  EXPECT_THAT(traces_->requests, SizeIs(1));
  EXPECT_THAT(logs_->requests, SizeIs(1));
}

TEST_F(FlightRecoveryTest, KeepsTheNewestOfTooMany) {
  for (int i = 0; i < 10; ++i) LeaveOne("run " + std::to_string(i));
  const auto recovery = Recover();
  ASSERT_TRUE(FilesAreGone());
  recovery->Stop(30s);
  EXPECT_EQ(failed_[Signal::kTraces], 2U * 2);
  EXPECT_EQ(failed_[Signal::kLogs], 2U);
  EXPECT_EQ(exported_[Signal::kTraces], 8U * 2);
  ASSERT_THAT(logs_->requests, SizeIs(8));
  EXPECT_THAT(logs_->requests.front(), HasSubstr("run 2"));
  EXPECT_THAT(logs_->requests.back(), HasSubstr("run 9"));
}

TEST_F(FlightRecoveryTest, LeavesTheLivingAlone) {
  const auto recorder = Start();
  recorder->LogRecorded("", proto::logs::v1::LogRecord().SerializeAsString(), 1);
  Recover()->Stop(30s);
  EXPECT_THAT(logs_->requests, IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(recorder->file()));
}

TEST(FlightRequests, SplitWhatIsTooMuchForOne) {
  flight::Recording recording;
  proto::logs::v1::LogRecord record;
  for (int i = 0; i < 1'100; ++i) {
    record.mutable_body()->set_string_value(std::to_string(i));
    recording.items.push_back({.kind = Kind::kLog, .scope = "\x0a\x03\x0a\x01s", .body = record.SerializeAsString()});
  }
  recording.items.push_back({.kind = Kind::kLog, .scope = "", .body = "no record"});
  record.mutable_body()->set_string_value(std::string(2'000'000, 'x'));
  for (int i = 0; i < 2; ++i) recording.items.push_back({.kind = Kind::kLog, .body = record.SerializeAsString()});
  const RecoveredRequests recovered = RecoverLogs(recording, Redactor());
  std::vector<std::size_t> items;
  for (const auto& request : recovered.requests) items.push_back(request.request.items);
  EXPECT_THAT(items, ElementsAre(512, 512, 77, 1, 1));
  EXPECT_EQ(recovered.unreadable, 1U);
  EXPECT_TRUE(recovered.requests.back().reports_end());
  proto::collector::logs::v1::ExportLogsServiceRequest first;
  ASSERT_TRUE(first.ParseFromString(recovered.requests[0].request.bytes));
  EXPECT_EQ(first.resource_logs(0).scope_logs(0).scope().name(), "s");
}

TEST(FlightRequests, HaveNoSecretInAnyText) {
  Redactor redactor;
  redactor.AddSecret("s3cr3t-token");
  flight::Recording recording;
  recording.service_name = "s3cr3t-token";
  proto::trace::v1::Span span;
  span.set_name("s3cr3t-token");
  span.set_trace_state("a=s3cr3t-token");
  span.add_attributes()->set_key("s3cr3t-token");
  span.add_events()->set_name("s3cr3t-token");
  auto* list = span.mutable_attributes(0)->mutable_value()->mutable_array_value();
  list->add_values()->set_string_value("https://u:hunter22@h/\xff");
  EXPECT_THAT(RedactRecord(Kind::kSpanEnded, span.SerializeAsString(), redactor), Not(HasSubstr("s3cr3t-token")));
  recording.items.push_back({.kind = Kind::kSpanEnded, .body = span.SerializeAsString()});
  const auto recovered = RecoverSpans(recording, redactor);
  ASSERT_THAT(recovered.requests, SizeIs(1));
  EXPECT_THAT(recovered.requests[0].request.bytes, Not(HasSubstr("s3cr3t-token")));
  EXPECT_THAT(recovered.requests[0].request.bytes, HasSubstr("https://u:***@h/\xEF\xBF\xBD"));
  EXPECT_THAT(RedactRecord(Kind::kLog, "no record but s3cr3t-token", redactor), Not(HasSubstr("s3cr3t-token")));
}

}  // namespace
}  // namespace guildscope::exporting
