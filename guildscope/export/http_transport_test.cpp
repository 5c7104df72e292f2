#include "guildscope/export/http_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "guildscope/testing/otlp_receiver.hpp"
#include "guildscope/testing/tcp_relay.hpp"

namespace guildscope::exporting {
namespace {

using guildscope::testing::OtlpFault;
using guildscope::testing::OtlpReceiver;
using guildscope::testing::OtlpSignal;
using guildscope::testing::TcpRelay;
using ::testing::HasSubstr;
using Outcome = Reply::Outcome;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

class HttpTransportTest : public ::testing::Test {
 protected:
  config::OtlpOptions Options() {
    config::OtlpOptions options;
    options.endpoint = receiver_.http_endpoint(OtlpSignal::kTraces);
    return options;
  }

  Reply SendOnce(OtlpFault fault) {
    receiver_.SetFault(fault);
    HttpTransport transport(Signal::kTraces, Options());
    return transport.Send({"", 0}, SteadyClock::now() + 60s);
  }

  OtlpReceiver receiver_;
};

TEST_F(HttpTransportTest, TellsWhatMayBeTriedAgainFromWhatMayNot) {
  EXPECT_EQ(SendOnce({}).outcome, Outcome::kAccepted);
  const auto status = [](unsigned code) { return OtlpFault{.kind = OtlpFault::Kind::kStatus, .status = code}; };
  for (const unsigned code : {429, 502, 503, 504}) EXPECT_EQ(SendOnce(status(code)).outcome, Outcome::kRetry) << code;
  for (const unsigned code : {400, 401, 404, 413, 500, 501, 301}) {
    EXPECT_EQ(SendOnce(status(code)).outcome, Outcome::kRefused) << code;
  }
}

TEST_F(HttpTransportTest, TakesTheRetryAfterOfTheCollector) {
  EXPECT_EQ(SendOnce({.kind = OtlpFault::Kind::kStatus, .status = 503, .retry_after = 17s}).retry_after, 17s);
  EXPECT_EQ(SendOnce({.kind = OtlpFault::Kind::kStatus, .status = 503}).retry_after, std::nullopt);
}

TEST_F(HttpTransportTest, ReadsAPartialSuccess) {
  EXPECT_EQ(SendOnce({.kind = OtlpFault::Kind::kPartialSuccess, .rejected = 4}).rejected, 4);
}

TEST_F(HttpTransportTest, TakesAPageThatIsNoOtlpForARefusal) {
  const Reply reply = SendOnce({.kind = OtlpFault::Kind::kGarbage});
  EXPECT_EQ(reply.outcome, Outcome::kRefused);
  EXPECT_THAT(reply.detail, HasSubstr("status 200, but no OTLP response: <html>"));
}

TEST_F(HttpTransportTest, GivesUpAtTheDeadline) {
  receiver_.SetFault({.kind = OtlpFault::Kind::kBlackHole});
  HttpTransport transport(Signal::kTraces, Options());
  EXPECT_EQ(transport.Send({"", 0}, SteadyClock::now() + 300ms).outcome, Outcome::kTimeout);
  EXPECT_EQ(transport.Send({"", 0}, SteadyClock::now() - 1s).outcome, Outcome::kTimeout);
  receiver_.SetFault({});
  EXPECT_EQ(transport.Send({"", 0}, SteadyClock::now() + 60s).outcome, Outcome::kAccepted) << "it goes on";
}

TEST_F(HttpTransportTest, EndsATransferThatIsCancelledAndStartsNoOther) {
  receiver_.SetFault({.kind = OtlpFault::Kind::kBlackHole});
  HttpTransport transport(Signal::kTraces, Options());
  std::jthread canceller([&] {
    while (receiver_.stats(OtlpSignal::kTraces).requests == 0) std::this_thread::yield();
    transport.Cancel();
  });
  EXPECT_EQ(transport.Send({"", 0}, SteadyClock::now() + 1h).outcome, Outcome::kCancelled);
  EXPECT_EQ(transport.Send({"", 0}, SteadyClock::now() + 1h).outcome, Outcome::kCancelled);
}

TEST_F(HttpTransportTest, KeepsItsConnection) {
  TcpRelay relay(receiver_.http_port());
  config::OtlpOptions options;
  options.endpoint = "http://127.0.0.1:" + std::to_string(relay.port()) + "/v1/traces";
  HttpTransport transport(Signal::kTraces, options);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(transport.Send({"", 0}, SteadyClock::now() + 60s).outcome, Outcome::kAccepted);
  }
  EXPECT_EQ(relay.connections(), 1);
}

TEST_F(HttpTransportTest, MayTryAgainWhereThereIsNoConnection) {
  config::OtlpOptions options = Options();
  receiver_.Stop();
  HttpTransport transport(Signal::kTraces, options);
  const Reply reply = transport.Send({"", 0}, SteadyClock::now() + 60s);
  EXPECT_EQ(reply.outcome, Outcome::kRetry);
  EXPECT_THAT(reply.detail, HasSubstr("connect"));
  receiver_.Start();
  EXPECT_EQ(transport.Send({"", 0}, SteadyClock::now() + 60s).outcome, Outcome::kAccepted);
}

}  // namespace
}  // namespace guildscope::exporting
