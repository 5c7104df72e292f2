#include "guildscope/instrumentation/dpp/hook_fixture.hpp"

namespace guildscope::dpp {
namespace {

class LifetimeHookTest : public HookFixture {};

/// As users derive their bots from dpp::cluster.
class DerivedBot : public ::dpp::cluster {
 public:
  DerivedBot() : ::dpp::cluster(2) {}
};

TEST_F(LifetimeHookTest, AClusterThatEndsIsForgotten) {
  const ::dpp::cluster* const address = bot_.get();
  EXPECT_EQ(Clusters::Instance().Find(address), state_);
  bot_.reset();
  EXPECT_EQ(Clusters::Instance().Find(address), nullptr);
  EXPECT_TRUE(Clusters::Instance().empty());
}

TEST_F(LifetimeHookTest, ADerivedClusterThatEndsIsForgotten) {
  const auto other = std::make_shared<ClusterState>(
      Sinks{.metrics = registry_, .tracer = tracer_, .redactor = redactor_, .health = health_});
  const ::dpp::cluster* address = nullptr;
  {
    DerivedBot derived;
    address = &derived;
    Clusters::Instance().Add(address, other);
  }
  EXPECT_EQ(Clusters::Instance().Find(address), nullptr);
}

TEST_F(LifetimeHookTest, AClusterIsInstrumentedOnce) {
  EXPECT_THROW(Clusters::Instance().Add(bot_.get(), state_), std::logic_error);
}

TEST_F(LifetimeHookTest, TwoClustersDoNotMix) {
  metrics::Registry other_registry;
  const auto other = std::make_shared<ClusterState>(
      Sinks{.metrics = other_registry, .tracer = tracer_, .redactor = redactor_, .health = health_});
  ::dpp::cluster other_bot(2);
  Clusters::Instance().Add(&other_bot, other);
  EXPECT_EQ(Clusters::Instance().Find(bot_.get()), state_);
  EXPECT_EQ(Clusters::Instance().Find(&other_bot), other);

  ::dpp::http_request request("/api/v10/users", "@me", {}, "", ::dpp::m_get, "", "", "", "");
  other->rest().Posted(request);
  ::dpp::http_request_completion_t answer;
  answer.status = 200;
  answer.latency = 0;
  request.complete(answer);
  EXPECT_EQ(Value("api.requests", "/users/@me GET 200"), 0);
  for (const auto& metric : other_registry.Collect().metrics) {
    if (metric.name != "disruptor.discord.api.requests") continue;
    EXPECT_EQ(metric.points.size(), 1U);
  }
}

TEST_F(LifetimeHookTest, CloseMayComeTwice) {
  state_->Close();
  state_->Close();
  bool ran = false;
  state_->WhileOpen([&] { ran = true; });
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace guildscope::dpp
