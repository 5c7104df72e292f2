#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "guildscope/http/raw_client.hpp"
#include "guildscope/http/server.hpp"

namespace guildscope::http {
namespace {

using std::chrono::steady_clock;
using testing::StartsWith;
using namespace std::chrono_literals;

constexpr std::string_view kGetFast = "GET /fast HTTP/1.1\r\nHost: test\r\n\r\n";
constexpr std::string_view kGetSlow = "GET /slow HTTP/1.1\r\nHost: test\r\n\r\n";
constexpr std::string_view kGetPool = "GET /pool HTTP/1.1\r\nHost: test\r\n\r\n";

/// What a handler waits at until the test lets it go.
struct Gate {
  void Wait(const std::stop_token& stop) {
    std::unique_lock lock(mutex);
    ++waiting;
    changed.notify_all();
    changed.wait(lock, heeds_stop ? stop : std::stop_token(), [&] { return released; });
  }
  void AwaitWaiting(int count) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting >= count; });
  }
  void Release() {
    const std::lock_guard lock(mutex);
    released = true;
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable_any changed;
  int waiting = 0;
  bool released = false;
  bool heeds_stop = false;
};

struct SlowServer {
  explicit SlowServer(ServerOptions options) : server(std::move(options)) {
    server.Handle("GET", "/fast", [](const Request&) { return TextResponse("fast"); }, Lane::kInline);
    server.Handle("GET", "/pool", [](const Request&) { return TextResponse("pool"); });
    server.Handle("GET", "/big", [](const Request&) { return TextResponse(std::string(64 << 20, 'x')); });
    server.Handle("POST", "/body", [](const Request&) { return TextResponse("body"); });
    server.Handle("GET", "/slow", [gate = gate](const Request& request) {
      gate->Wait(request.stop);
      return TextResponse("slow");
    });
    server.Start();
  }
  ~SlowServer() { gate->Release(); }

  std::shared_ptr<Gate> gate = std::make_shared<Gate>();  // shared with a handler that is abandoned
  Server server;
};

template <typename Condition>
void Await(Condition condition) {
  const auto deadline = steady_clock::now() + 20s;
  while (!condition()) {
    ASSERT_LT(steady_clock::now(), deadline);
    std::this_thread::yield();
  }
}

TEST(ServerLimits, AnswersFastPathsWhileEveryHandlerThreadIsBusy) {
  SlowServer slow({.threads = 1});
  RawClient busy(slow.server.port());
  busy.Send(kGetSlow);
  slow.gate->AwaitWaiting(1);
  RawClient queued(slow.server.port());
  queued.Send(kGetPool);
  RawClient fast(slow.server.port());
  EXPECT_THAT(fast.Exchange(kGetFast), StartsWith("HTTP/1.1 200 "));
  slow.gate->Release();
  EXPECT_THAT(busy.Receive(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(queued.Receive(), StartsWith("HTTP/1.1 200 "));
}

TEST(ServerLimits, AnswersWithin50MillisecondsBesideClientsThatDripAndDoNotRead) {
  SlowServer slow({});
  RawClient deaf(slow.server.port());
  deaf.Send("GET /big HTTP/1.1\r\nHost: test\r\n\r\n");
  std::list<RawClient> dripping;
  for (int i = 0; i < 50; ++i) dripping.emplace_back(slow.server.port()).Send("GET /fa");
  RawClient fast(slow.server.port());
  auto best = steady_clock::duration::max();
  for (int i = 0; i < 20; ++i) {
    for (auto& client : dripping) client.Send("s");
    const auto start = steady_clock::now();
    ASSERT_THAT(fast.Exchange(kGetFast), StartsWith("HTTP/1.1 200 "));
    best = std::min(best, steady_clock::now() - start);
  }
  EXPECT_LT(best, 50ms);
}

TEST(ServerLimits, RefusesConnectionsOverTheLimitAndSaysSo) {
  SlowServer slow({.max_connections = 2});
  std::list<RawClient> clients;
  for (int i = 0; i < 2; ++i) clients.emplace_back(slow.server.port()).Send("GET /");
  Await([&] { return slow.server.stats().accepted == 2; });
  RawClient third(slow.server.port());
  EXPECT_THAT(third.Exchange(kGetFast), StartsWith("HTTP/1.1 503 "));
  EXPECT_TRUE(third.IsClosed());
  EXPECT_EQ(slow.server.stats().refused, 1);
  clients.clear();
  Await([&] { return slow.server.stats().open_connections == 0; });
  RawClient fourth(slow.server.port());
  EXPECT_THAT(fourth.Exchange(kGetFast), StartsWith("HTTP/1.1 200 "));
}

TEST(ServerLimits, ClosesTheLongestIdleConnectionToMakeRoom) {
  SlowServer slow({.max_connections = 2});
  RawClient oldest(slow.server.port());
  EXPECT_THAT(oldest.Exchange(kGetFast), StartsWith("HTTP/1.1 200 "));
  RawClient older(slow.server.port());
  EXPECT_THAT(older.Exchange(kGetFast), StartsWith("HTTP/1.1 200 "));
  RawClient fresh(slow.server.port());
  EXPECT_THAT(fresh.Exchange(kGetFast), StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(oldest.IsClosed());
  EXPECT_THAT(older.Exchange(kGetFast), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(slow.server.stats().evicted, 1);
  EXPECT_EQ(slow.server.stats().refused, 0);
}

TEST(ServerLimits, RefusesHeadersAndBodiesOverTheirSize) {
  SlowServer slow({.max_header_bytes = 1000, .max_body_bytes = 1000});
  const auto ask = [&](const std::string& request) { return RawClient(slow.server.port()).Exchange(request); };
  const std::string large(5000, 'x');
  EXPECT_THAT(ask("GET /fast HTTP/1.1\r\nHost: test\r\nX-Large: " + large + "\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(ask("GET /" + large + " HTTP/1.1\r\nHost: test\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(ask("POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 1001\r\n\r\n" + large),
              StartsWith("HTTP/1.1 413 "));
  EXPECT_THAT(
      ask("POST /body HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + large + "\r\n0\r\n\r\n"),
      StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(slow.server.stats().bad_requests, 4);
  EXPECT_THAT(ask("POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n" + large.substr(0, 1000)),
              StartsWith("HTTP/1.1 200 "));
}

TEST(ServerLimits, ClosesConnectionsThatAreTooSlowOrIdle) {
  SlowServer slow({.header_timeout = 50ms, .body_timeout = 50ms, .write_timeout = 50ms, .idle_timeout = 50ms});
  RawClient silent(slow.server.port());
  EXPECT_TRUE(silent.IsClosed());
  Await([&] { return slow.server.stats().timeouts == 1; });
  RawClient half_header(slow.server.port());
  half_header.Send("GET /fast HTTP/1.1\r\nHost");
  EXPECT_TRUE(half_header.IsClosed());
  Await([&] { return slow.server.stats().timeouts == 2; });
  RawClient half_body(slow.server.port());
  half_body.Send("POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nabc");
  EXPECT_TRUE(half_body.IsClosed());
  Await([&] { return slow.server.stats().timeouts == 3; });
  RawClient deaf(slow.server.port());
  deaf.Send("GET /big HTTP/1.1\r\nHost: test\r\n\r\n");
  Await([&] { return slow.server.stats().timeouts == 4; });
  RawClient idle(slow.server.port());
  EXPECT_THAT(idle.Exchange(kGetFast), StartsWith("HTTP/1.1 200 "));
  EXPECT_TRUE(idle.IsClosed());
  EXPECT_EQ(slow.server.stats().timeouts, 4) << "an idle connection that ends is nobody's fault";
}

TEST(ServerLimits, AnswersThatItIsOverloadedWhenTheQueueIsFull) {
  SlowServer slow({.threads = 1, .max_queued_requests = 1});
  RawClient running(slow.server.port());
  running.Send(kGetSlow);
  slow.gate->AwaitWaiting(1);
  RawClient queued(slow.server.port());
  queued.Send(kGetPool);
  Await([&] { return slow.server.stats().requests == 2; });
  RawClient refused(slow.server.port());
  EXPECT_THAT(refused.Exchange(kGetPool), StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(slow.server.stats().overloaded, 1);
  EXPECT_THAT(refused.Exchange(kGetFast), StartsWith("HTTP/1.1 200 "));
}

TEST(ServerStop, ClosesClientsThatAreIdleOrInTheMiddleOfARequest) {
  SlowServer slow({});
  RawClient idle(slow.server.port());
  EXPECT_THAT(idle.Exchange(kGetFast), StartsWith("HTTP/1.1 200 "));
  RawClient half(slow.server.port());
  half.Send("POST /body HTTP/1.1\r\nHost: test\r\nContent-Length: 9\r\n\r\nabc");
  Await([&] { return slow.server.stats().accepted == 2; });
  const auto port = slow.server.port();
  slow.server.Stop();
  slow.server.Stop();
  EXPECT_TRUE(idle.IsClosed());
  EXPECT_EQ(half.Receive(), "");
  EXPECT_EQ(slow.server.stats().open_connections, 0);
  EXPECT_THROW(RawClient{port}, std::runtime_error);
}

TEST(ServerStop, LetsARunningRequestBeAnswered) {
  SlowServer slow({.stop_timeout = 20s});
  slow.gate->heeds_stop = true;
  RawClient client(slow.server.port());
  client.Send(kGetSlow);
  slow.gate->AwaitWaiting(1);
  slow.server.Stop();
  EXPECT_THAT(client.Receive(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(slow.server.stats().abandoned_handlers, 0);
}

TEST(ServerStop, DoesNotWaitForTheNextRequestOfAClientThatWasBeingAnswered) {
  SlowServer slow({.stop_timeout = 60s});
  RawClient client(slow.server.port());
  client.Send("GET /big HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_THAT(client.Receive(false), StartsWith("HTTP/1.1 200"));
  const auto start = steady_clock::now();
  std::thread stopping([&] { slow.server.Stop(); });
  const auto refuses_clients = [&] {
    try {
      RawClient another(slow.server.port());
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  };
  while (!refuses_clients()) std::this_thread::yield();
  EXPECT_EQ(client.Drain(), 64 << 20) << "the rest of the body, and then the end";
  stopping.join();
  EXPECT_LT(steady_clock::now() - start, 15s);
}

TEST(ServerStop, ReturnsWithinItsLimitWhenAHandlerDoesNot) {
  SlowServer slow({.threads = 2, .stop_timeout = 100ms});
  RawClient client(slow.server.port());
  client.Send(kGetSlow);
  slow.gate->AwaitWaiting(1);
  const auto start = steady_clock::now();
  slow.server.Stop();
  EXPECT_LT(steady_clock::now() - start, 10s);
  EXPECT_EQ(slow.server.stats().abandoned_handlers, 1);
  EXPECT_EQ(client.Receive(), "");
}

TEST(ServerStop, MayComeBeforeStart) {
  Server server;
  server.Stop();
  EXPECT_EQ(server.port(), 0);
}

}  // namespace
}  // namespace guildscope::http
