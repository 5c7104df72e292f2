#include "guildscope/export/grpc_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "guildscope/testing/otlp_receiver.hpp"
#include "guildscope/testing/tcp_relay.hpp"

namespace guildscope::exporting {
namespace {

using guildscope::testing::OtlpFault;
using guildscope::testing::OtlpReceiver;
using guildscope::testing::TcpRelay;
using Outcome = Reply::Outcome;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

class GrpcTransportTest : public ::testing::Test {
 protected:
  static config::OtlpOptions To(const std::string& endpoint) {
    config::OtlpOptions options;
    options.endpoint = endpoint;
    return options;
  }

  Reply SendOnce(OtlpFault fault) {
    receiver_.SetFault(fault);
    GrpcTransport transport(Signal::kTraces, To(receiver_.grpc_endpoint()));
    return transport.Send({"", 0}, SteadyClock::now() + 60s);
  }

  OtlpReceiver receiver_;
};

TEST_F(GrpcTransportTest, TellsWhatMayBeTriedAgainFromWhatMayNot) {
  EXPECT_EQ(SendOnce({}).outcome, Outcome::kAccepted);
  const auto status = [](unsigned code) { return OtlpFault{.kind = OtlpFault::Kind::kStatus, .status = code}; };
  EXPECT_EQ(SendOnce(status(503)).outcome, Outcome::kRetry) << "UNAVAILABLE";
  EXPECT_EQ(SendOnce(status(400)).outcome, Outcome::kRefused) << "INVALID_ARGUMENT";
  EXPECT_EQ(SendOnce(status(401)).outcome, Outcome::kRefused) << "UNAUTHENTICATED";
  EXPECT_EQ(SendOnce(status(500)).outcome, Outcome::kRefused) << "INTERNAL";
  EXPECT_EQ(SendOnce(status(429)).outcome, Outcome::kRefused) << "RESOURCE_EXHAUSTED without RetryInfo";
  EXPECT_EQ(SendOnce({.kind = OtlpFault::Kind::kGarbage}).outcome, Outcome::kRefused) << "UNKNOWN";
}

TEST_F(GrpcTransportTest, TakesTheRetryInfoOfTheCollector) {
  const Reply reply = SendOnce({.kind = OtlpFault::Kind::kStatus, .status = 429, .retry_after = 17s});
  EXPECT_EQ(reply.outcome, Outcome::kRetry);
  EXPECT_EQ(reply.retry_after, 17s);
}

TEST_F(GrpcTransportTest, ReadsAPartialSuccess) {
  EXPECT_EQ(SendOnce({.kind = OtlpFault::Kind::kPartialSuccess, .rejected = 4}).rejected, 4);
}

TEST_F(GrpcTransportTest, GivesUpAtTheDeadline) {
  receiver_.SetFault({.kind = OtlpFault::Kind::kBlackHole});
  GrpcTransport transport(Signal::kLogs, To(receiver_.grpc_endpoint()));
  EXPECT_EQ(transport.Send({"", 0}, SteadyClock::now() + 300ms).outcome, Outcome::kTimeout);
  EXPECT_EQ(transport.Send({"", 0}, SteadyClock::now() - 1s).outcome, Outcome::kTimeout);
}

TEST_F(GrpcTransportTest, EndsACallThatIsCancelledAndStartsNoOther) {
  receiver_.SetFault({.kind = OtlpFault::Kind::kBlackHole});
  GrpcTransport transport(Signal::kTraces, To(receiver_.grpc_endpoint()));
  std::jthread canceller([&] {
    while (receiver_.stats(guildscope::testing::OtlpSignal::kTraces).requests == 0) std::this_thread::yield();
    transport.Cancel();
  });
  EXPECT_EQ(transport.Send({"", 0}, SteadyClock::now() + 1h).outcome, Outcome::kCancelled);
  EXPECT_EQ(transport.Send({"", 0}, SteadyClock::now() + 1h).outcome, Outcome::kCancelled);
}

TEST_F(GrpcTransportTest, CompressesWhenItIsTold) {
  opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest message;
  message.add_resource_spans()->add_scope_spans()->add_spans()->set_name(std::string(1'000'000, 'x'));
  const Request request{message.SerializeAsString(), 1};
  std::uint64_t bytes[2] = {};
  for (const bool gzip : {false, true}) {
    TcpRelay relay(receiver_.grpc_port());
    config::OtlpOptions options = To("http://127.0.0.1:" + std::to_string(relay.port()));
    options.gzip = gzip;
    GrpcTransport transport(Signal::kTraces, options);
    EXPECT_EQ(transport.Send(request, SteadyClock::now() + 60s).outcome, Outcome::kAccepted);
    bytes[gzip ? 1 : 0] = relay.bytes_sent();
  }
  EXPECT_GT(bytes[0], 1'000'000);
  EXPECT_LT(bytes[1], 100'000);
  EXPECT_EQ(receiver_.store().span_count(), 2);
}

TEST_F(GrpcTransportTest, ShowsNoCredentials) {
  EXPECT_EQ(GrpcTransport(Signal::kTraces, To("https://user:password@host:1")).destination(), "https://host:1");
}

}  // namespace
}  // namespace guildscope::exporting
