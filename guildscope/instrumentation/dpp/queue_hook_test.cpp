#include <dpp/queues.h>

#include <atomic>
#include <thread>
#include <vector>

#include "guildscope/http/server.hpp"
#include "guildscope/instrumentation/dpp/hook_fixture.hpp"

namespace guildscope::dpp {
namespace {

class QueueHookTest : public HookFixture {
 protected:
  QueueHookTest() {
    server_.Handle("GET", "/busy", [this](const http::Request&) {
      ++served_;
      return http::JsonResponse("{}");
    });
    server_.Start();
    Start();
  }

  // D++'s connections must have ended before the server goes.
  ~QueueHookTest() override { Stop(); }

  std::atomic<int> served_{0};
  http::Server server_{http::ServerOptions{.max_queued_requests = 1'000, .max_connections = 1'000}};
};

TEST_F(QueueHookTest, ThreadsThatPostAtOnceSendEachRequestOnce) {
  constexpr int kThreads = 4;
  constexpr int kRequests = 25;
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      // The same URL: one queue.
      for (int i = 0; i < kRequests; ++i) {
        bot_->request(server_.url() + "/busy", ::dpp::m_get, [&](const auto&) { ++answered; });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(Eventually([&] { return answered == kThreads * kRequests; })) << answered;
  EXPECT_EQ(served_, kThreads * kRequests);
}

TEST_F(QueueHookTest, ARequestPostedWhileOneIsBeingSentIsSentToo) {
  // A log handler runs inside the delivery: a request to nowhere makes D++ log an error there. So many URLs fall into
  // each of D++'s four queues, that one's too.
  constexpr int kUrls = 16;
  std::atomic<int> answered{0};
  std::atomic<bool> posted{false};
  bot_->on_log([&](const ::dpp::log_t& event) {
    if (event.severity != ::dpp::ll_error || posted.exchange(true)) return;
    for (int i = 0; i < kUrls; ++i) {
      bot_->request(server_.url() + "/busy?" + std::to_string(i), ::dpp::m_get, [&](const auto&) { ++answered; });
    }
  });
  bot_->request("http://host.invalid/", ::dpp::m_get, [](const auto&) {});
  EXPECT_TRUE(Eventually([&] { return answered == kUrls; })) << answered;
}

}  // namespace
}  // namespace guildscope::dpp
