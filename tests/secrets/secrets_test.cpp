#include <gmock/gmock.h>
#include <gtest/gtest-spi.h>

#include <csignal>
#include <fstream>

#include "guildscope/testing/postgres_server.hpp"
#include "tests/support/world.hpp"

namespace guildscope {
namespace {

using nlohmann::json;
using ::testing::Contains;
using testing::Eventually;
using testing::ExpectNowhere;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::Texts;
using testing::World;
using namespace std::chrono_literals;

constexpr auto kCallback = "/interactions/{interaction.id}/{interaction.token}/callback";
// With characters that a URL spells in another way: neither spelling may be seen.
constexpr auto kPassword = "pl@nted pass/word";
constexpr auto kPasswordInUrl = "pl%40nted%20pass%2Fword";
constexpr auto kAuthorization = "Basic cGxhbnRlZDpvdGxw";

class Secrets : public ::testing::Test, protected World {
 protected:
  /// Everything that arrived at the receiver, with what it came with.
  Texts Received() {
    std::string text;
    const auto add = [&text](const testing::OtlpAttributes& attributes) {
      for (const auto& [key, value] : attributes) text += key + "=" + value + "\n";
    };
    for (const auto& span : receiver_.store().Spans()) {
      text += span.span.DebugString() + span.scope + "\n";
      add(span.resource);
    }
    for (const auto& log : receiver_.store().Logs()) {
      text += log.record.DebugString() + log.logger + "\n";
      add(log.resource);
    }
    for (const auto& point : receiver_.store().Points()) {
      text += point.name + "\n";
      add(point.attributes);
      add(point.resource);
    }
    return {{"what the receiver got", text}};
  }

  Texts Pages() const {
    Texts pages;
    for (const char* path : {"/metrics", "/health", "/ready", "/"}) pages.emplace_back(path, Page(path));
    return pages;
  }

  static void ExpectNoSecretIn(const Texts& texts) {
    for (const char* secret : {kToken, kPassword, kPasswordInUrl, kAuthorization, "cGxhbnRlZDpvdGxw"}) {
      ExpectNowhere(secret, texts);
    }
  }

  /// Things that go well, things that fail, and things that make libraries write about the request that failed.
  void LiveThrough() {
    const std::string guild = FirstGuild();
    Use(guild, "status");
    Use(guild, "interval", {{"duration", "12h"}});
    Use(guild, "disrupt", {}, SomebodyInVoice(guild));
    Fault({{"kind", "server_error"}, {"status", 500}, {"endpoint", kCallback}});
    Use(guild, "interval", {{"duration", std::string("Bot ") + kToken}});
    Fault({{"kind", "drop_socket"}, {"endpoint", kCallback}});
    Use(guild, "next");
    Fault({{"kind", "invalid_session"}, {"resumable", false}});
    EXPECT_TRUE(Eventually([this] { return Metric("disruptor_discord_gateway_reconnects_total") == 1; }));
    EXPECT_TRUE(Eventually([this] { return Probe("/ready") == 200; }));
    Use(guild, "status");
  }

  /// Starts a bot that cannot start, and looks at what it says.
  void ExpectAFailingStartIsDiscreet(const json& changes, int status) {
    SCOPED_TRACE(changes.dump());
    EXPECT_EQ(RunBot(changes).exit_status, status) << bot().Errors();
    EXPECT_NE(bot().Errors(), "");
    ExpectNoSecretIn(Written());
    ExpectNoSecretIn(Received());
  }

  testing::OtlpReceiver receiver_;
};

TEST_F(Secrets, AppearInNothingThatARunProduces) {
  testing::PostgresServer postgres({.password = kPassword});
  StartStandin();
  json settings = ExportTo(receiver_);
  settings["monitoring"]["otlp"]["headers"] = {{"authorization", kAuthorization}};
  settings["logging"] = {{"level", "DEBUG"}, {"third_party_level", "DEBUG"}};
  settings["database"]["url"] = postgres.Url();
  ASSERT_THAT(postgres.Url(), HasSubstr(kPasswordInUrl));
  settings["monitoring"]["resource_attributes"] = {{"service.origin", postgres.Url()}};
  StartBot(settings);
  LiveThrough();
  // The server ends all sessions and comes back: what libpq says about that is written down.
  postgres.Stop();
  Use(FirstGuild(), "interval", {{"duration", "6h"}});
  EXPECT_TRUE(Eventually([this] { return Probe("/ready") == 503; }));
  const Texts pages = Pages();
  postgres.Start();
  EXPECT_TRUE(Eventually([this] { return Probe("/ready") == 200; }));
  const Texts later = Pages();
  StopBot();

  ExpectNoSecretIn(pages);
  ExpectNoSecretIn(later);
  ExpectNoSecretIn(Written());
  ExpectNoSecretIn(Received());
  // The secrets were truly used, and the places that were searched hold what they should.
  EXPECT_THAT(receiver_.stats(testing::OtlpSignal::kLogs).last_headers,
              Contains(Pair("authorization", kAuthorization)));
  EXPECT_FALSE(receiver_.store().LogsOf("dpp").empty()) << "D++ wrote nothing: its level is not DEBUG";
  EXPECT_FALSE(receiver_.store().SpansNamed("command interval").empty());
  EXPECT_GT(receiver_.store().point_count(), 0U);
  EXPECT_THAT(Received().front().second, HasSubstr("***/callback"));
}

TEST_F(Secrets, AppearInNoStartThatFails) {
  StartStandin({{"token", "another"}});
  json settings = ExportTo(receiver_);
  settings["monitoring"]["otlp"]["headers"] = {{"authorization", kAuthorization}};
  settings["logging"] = {{"level", "DEBUG"}, {"third_party_level", "DEBUG"}};
  const auto with = [&settings](const json& changes) {
    json merged = settings;
    merged.merge_patch(changes);
    return merged;
  };
  const std::string user = std::string("postgresql://bot:") + kPasswordInUrl + "@";
  ExpectAFailingStartIsDiscreet(with(json::object()), 3);
  ExpectAFailingStartIsDiscreet(with({{"database", {{"url", user + "127.0.0.1:1/bot"}}}}), 4);
  ExpectAFailingStartIsDiscreet(with({{"database", {{"url", user + "127.0.0.1:port/bot"}}}}), 4);
  ExpectAFailingStartIsDiscreet(with({{"database", {{"url", std::string("postgres:bot:") + kPassword}}}}), 2);
  ExpectAFailingStartIsDiscreet(with({{"discord", {{"token", {kToken}}}}}), 2);
  ExpectAFailingStartIsDiscreet(with({{"discord", {{"tokn", kToken}}}}), 2);
  ExpectAFailingStartIsDiscreet(with({{"monitoring", {{"otlp", {{"headers", kAuthorization}}}}}}), 2);
  ExpectAFailingStartIsDiscreet(with({{"monitoring", {{"otlp", {{"headers", {{"author ization", kAuthorization}}}}}}}}),
                                2);
  ExpectAFailingStartIsDiscreet(
      with({{"monitoring", {{"otlp", {{"endpoint", std::string("ftp://bot:") + kPasswordInUrl + "@host"}}}}}}), 2);
}

TEST_F(Secrets, AppearInNoErrorOfAFileThatIsNoYaml) {
  const auto file = folder() / "broken.yaml";
  for (const char* text :
       {"discord: {token: %\n", "discord:\n  token: %\n bad\n: [\n", "discord:\n\ttoken: %\n", "%\n", "discord: %\n"}) {
    std::string settings = text;
    settings.replace(settings.find('%'), 1, kToken);
    std::ofstream(file) << settings;
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{PROGRAMS "/disruptor", "--config", file.string()},
          {PROGRAMS "/guildscope", "check-config", file.string()}}) {
      testing::Process program({.command = command, .environment = {{"DISCORD_TOKEN", ""}}});
      EXPECT_EQ(program.Wait(60s), (testing::ProcessEnd{.exit_status = 2})) << settings;
      ExpectNowhere(kToken, {{command.front(), program.Output() + program.Errors()}});
    }
  }
}

// A search that finds nothing proves something only where it would have found it.
TEST_F(Secrets, AreFoundWhereTheyArePlanted) {
  Texts planted;
  std::filesystem::create_directories(folder() / "logs");
  std::ofstream(folder() / "logs" / "any.log") << "Authorization: Bot " << kToken << '\n';
  planted = Written();
  EXPECT_NONFATAL_FAILURE(ExpectNoSecretIn(planted), "any.log");
  std::filesystem::remove(folder() / "logs" / "any.log");

  opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest request;
  auto* attribute = request.add_resource_spans()->add_scope_spans()->add_spans()->add_attributes();
  attribute->set_key("url.full");
  attribute->mutable_value()->set_string_value(std::string("https://") + kPassword + "@host");
  receiver_.store().Add(request);
  planted = Received();
  EXPECT_NONFATAL_FAILURE(ExpectNoSecretIn(planted), "what the receiver got");
}

}  // namespace
}  // namespace guildscope
