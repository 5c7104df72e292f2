#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/collector_faults/books.hpp"
#include "tests/otlp/telemetry_to.hpp"

namespace guildscope {
namespace {

using config::OtlpProtocol;
using testing::OtlpFault;
using namespace std::chrono_literals;

class Recovery : public ::testing::TestWithParam<OtlpProtocol> {
 protected:
  config::TelemetryOptions Options() {
    config::TelemetryOptions options = OptionsFor(receiver_, GetParam());
    options.metrics.exporter = config::Exporter::kNone;  // so that a fault for one request meets a span
    return options;
  }

  void Record(Telemetry& telemetry, int spans) {
    for (int i = 0; i < spans; ++i) telemetry.tracer().Start("command").End();
  }

  testing::OtlpReceiver receiver_;
};

INSTANTIATE_TEST_SUITE_P(Every, Recovery, ::testing::Values(OtlpProtocol::kGrpc, OtlpProtocol::kHttpProtobuf),
                         [](const auto& test) { return test.param == OtlpProtocol::kGrpc ? "Grpc" : "Http"; });

TEST_P(Recovery, WhatWaitedArrivesWhenTheCollectorIsBack) {
  Telemetry telemetry(Options());
  receiver_.Stop();
  Record(telemetry, 50);
  EXPECT_FALSE(telemetry.Flush(100ms));
  receiver_.Start();
  EXPECT_TRUE(telemetry.Flush(kPatience));
  ExpectClosedBooks(ReadBooks(telemetry.metrics(), "span"), 50, 50);
  EXPECT_EQ(receiver_.store().span_count(), 50);
}

TEST_P(Recovery, ARequestThatIsAskedToWaitArrivesLater) {
  receiver_.SetFault({.kind = OtlpFault::Kind::kStatus, .status = 429, .retry_after = 1s, .requests = 1});
  Telemetry telemetry(Options());
  Record(telemetry, 5);
  EXPECT_TRUE(telemetry.Flush(kPatience));
  EXPECT_EQ(receiver_.stats(testing::OtlpSignal::kTraces).requests, 2);
  ExpectClosedBooks(ReadBooks(telemetry.metrics(), "span"), 5, receiver_.store().span_count());
}

TEST_P(Recovery, ARequestThatIsAskedToWaitUntilADateArrivesLater) {
  receiver_.SetFault(
      {.kind = OtlpFault::Kind::kStatus, .status = 503, .retry_after = 1s, .retry_after_as_date = true, .requests = 1});
  Telemetry telemetry(Options());
  Record(telemetry, 5);
  EXPECT_TRUE(telemetry.Flush(kPatience));
  EXPECT_EQ(receiver_.stats(testing::OtlpSignal::kTraces).requests, 2);
  ExpectClosedBooks(ReadBooks(telemetry.metrics(), "span"), 5, receiver_.store().span_count());
}

// OTLP, "OTLP/gRPC Throttling": RESOURCE_EXHAUSTED may be retried only when the collector says when. HTTP's 429 always.
TEST_P(Recovery, AnExhaustedCollectorThatDoesNotSayWhenIsTriedAgainOverHttpAlone) {
  receiver_.SetFault({.kind = OtlpFault::Kind::kStatus, .status = 429, .requests = 1});
  Telemetry telemetry(Options());
  Record(telemetry, 5);
  const bool grpc = GetParam() == OtlpProtocol::kGrpc;
  EXPECT_EQ(telemetry.Flush(kPatience), !grpc);
  EXPECT_EQ(receiver_.stats(testing::OtlpSignal::kTraces).requests, grpc ? 1 : 2);
  ExpectClosedBooks(ReadBooks(telemetry.metrics(), "span"), 5, receiver_.store().span_count());
}

TEST_P(Recovery, ARefusedRequestIsLostAndTheNextOneArrives) {
  receiver_.SetFault({.kind = OtlpFault::Kind::kStatus, .status = 400, .requests = 1});
  Telemetry telemetry(Options());
  Record(telemetry, 3);
  EXPECT_FALSE(telemetry.Flush(kPatience));
  Record(telemetry, 4);
  EXPECT_TRUE(telemetry.Flush(kPatience));
  const Books books = ReadBooks(telemetry.metrics(), "span");
  ExpectClosedBooks(books, 7, 4);
  EXPECT_EQ(books.reasons, (std::map<std::string, double>{{"export_failed", 3}}));
}

TEST_P(Recovery, WhatAPartialSuccessRejectedIsCounted) {
  receiver_.SetFault({.kind = OtlpFault::Kind::kPartialSuccess, .rejected = 3});
  Telemetry telemetry(Options());
  Record(telemetry, 10);
  EXPECT_FALSE(telemetry.Flush(kPatience));
  const Books books = ReadBooks(telemetry.metrics(), "span");
  ExpectClosedBooks(books, 10, 7);
  EXPECT_EQ(books.reasons, (std::map<std::string, double>{{"rejected", 3}}));
}

TEST_P(Recovery, ASlowCollectorGetsEverythingThatFits) {
  receiver_.SetFault({.kind = OtlpFault::Kind::kSlow, .delay = 50ms});
  Telemetry telemetry(Options());
  Record(telemetry, 2'000);
  EXPECT_TRUE(telemetry.Shutdown());
  ExpectClosedBooks(ReadBooks(telemetry.metrics(), "span"), 2'000, receiver_.store().span_count());
}

TEST_P(Recovery, ASpanThatOutlivesTheTelemetryEndsQuietly) {
  tracing::Span span;
  {
    Telemetry telemetry(Options());
    span = telemetry.tracer().Start("outlives");
  }
  span.SetAttribute({"late", true});
  span.End();
  EXPECT_EQ(receiver_.store().span_count(), 0);
}

TEST_P(Recovery, AShutdownBesideThreadsThatRecordCountsEveryItem) {
  Telemetry telemetry(Options());
  constexpr int kThreads = 4;
  constexpr int kEach = 3'000;
  std::atomic<int> ended{0};
  std::atomic<int> sampled{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) {
        auto span = telemetry.tracer().Start("command");
        // After the shutdown no provider is installed, and a span is none from its start.
        if (span.recording()) sampled.fetch_add(1);
        span.End();
        ended.fetch_add(1);
      }
    });
  }
  while (ended.load() < kThreads * kEach / 2) std::this_thread::yield();
  telemetry.Shutdown();
  for (std::thread& thread : threads) thread.join();
  ExpectClosedBooks(ReadBooks(telemetry.metrics(), "span"), static_cast<std::uint64_t>(sampled.load()),
                    receiver_.store().span_count());
}

}  // namespace
}  // namespace guildscope
