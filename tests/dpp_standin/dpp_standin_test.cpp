#include <dpp/dpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>

#include "apps/discord_standin/snowflake.hpp"
#include "apps/discord_standin/standin.hpp"
#include "guildscope/testing/eventually.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/redirect/discord_redirect.hpp"

namespace standin {
namespace {

using guildscope::testing::DiscordRedirect;
using guildscope::testing::Eventually;
using std::chrono::seconds;

constexpr auto kToken = "a-token-for-the-test";
constexpr seconds kLimit{60};

/// One stand-in for all tests of the process: OpenSSL reads the authority to trust once.
class DppTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    Config config;
    config.port = config.control_port = 0;
    config.token = kToken;
    config.guilds = 3;
    config.shards = 2;
    config.max_concurrency = 2;
    config.ca_file = ::testing::TempDir() + "dpp_standin_" + std::to_string(::getpid()) + ".pem";
    standin_ = new Standin(config);
    redirect_ = new DiscordRedirect("127.0.0.1:" + std::to_string(standin_->discord_port()), config.ca_file);
  }

  static void TearDownTestSuite() {
    std::filesystem::remove(standin_->ca_file());
    delete redirect_;
    delete standin_;
  }

  DppTest() : before_(Ledger()), bot_(kToken) {
    bot_.on_log([](const dpp::log_t& event) {
      if (event.severity >= dpp::ll_warning) std::clog << "D++: " << event.message << '\n';
    });
    bot_.on_ready([this](const dpp::ready_t&) { ++ready_; });
    bot_.on_resumed([this](const dpp::resumed_t&) { ++resumed_; });
    bot_.on_guild_create([this](const dpp::guild_create_t&) { ++guilds_; });
    bot_.on_slashcommand([this](const dpp::slashcommand_t& event) { Answer(event); });
  }

  void Start() {
    bot_.start(dpp::st_return);
    ASSERT_TRUE(Eventually([&] { return ready_ == 2 && guilds_ == 3; })) << Ledger();
  }

  void Answer(const dpp::slashcommand_t& event) {
    if (event.command.get_command_name() == "slow") {
      event.thinking(
          false, [event](const dpp::confirmation_callback_t&) { event.edit_original_response(dpp::message("done")); });
    } else {
      event.reply("every " + std::get<std::string>(event.get_parameter("duration")));
    }
  }

  void Register(const std::string& name, bool with_duration) {
    dpp::slashcommand command(name, "What it does.", bot_.me.id);
    if (with_duration) command.add_option(dpp::command_option(dpp::co_string, "duration", "How long.", true));
    std::atomic<int> registered{0};
    bot_.global_command_create(command, [&](const auto& result) { registered = result.is_error() ? -1 : 1; });
    ASSERT_TRUE(Eventually([&] { return registered != 0; }));
    ASSERT_EQ(registered, 1);
  }

  std::string Use(const Json& use) {
    const auto answer = guildscope::testing::Post(standin_->control_port(), "/interactions", use.dump());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return Json::parse(answer.body).value("id", "");
  }

  static Json Control(const std::string& path) {
    return Json::parse(guildscope::testing::Get(standin_->control_port(), path).body);
  }
  static Json Ledger() { return Control("/ledger"); }

  static void AddFault(const Json& fault) {
    const auto answer = guildscope::testing::Post(standin_->control_port(), "/faults", fault.dump());
    ASSERT_EQ(answer.status, 200) << answer.body;
  }

  static std::int64_t Sum(const Json& rows) {
    std::int64_t sum = 0;
    for (const Json& row : rows) sum += row["count"].get<std::int64_t>();
    return sum;
  }

  /// How often it was served since the test began.
  std::int64_t Requests(const std::string& method, const std::string& endpoint, int status) const {
    const auto count = [&](const Json& ledger) {
      std::int64_t sum = 0;
      for (const Json& row : ledger["rest"]) {
        if (row["method"] == method && row["endpoint"] == endpoint && row["status"] == status)
          sum += row["count"].get<std::int64_t>();
      }
      return sum;
    };
    return count(Ledger()) - count(before_);
  }

  static std::string AnyGuild() { return Control("/guilds")[0]["id"]; }

  static inline Standin* standin_ = nullptr;
  static inline DiscordRedirect* redirect_ = nullptr;
  const Json before_;
  std::atomic<int> ready_{0};
  std::atomic<int> resumed_{0};
  std::atomic<int> guilds_{0};
  dpp::cluster bot_;
};

TEST_F(DppTest, LogsInOnEveryShardAndAnswersCommands) {
  Start();
  EXPECT_EQ(dpp::get_guild_count(), 3U);
  EXPECT_EQ(Sum(Ledger()["guilds"]), 3);
  Register("interval", true);
  Register("slow", false);
  const std::string direct =
      Use({{"guild_id", AnyGuild()}, {"command", "interval"}, {"options", {{"duration", "5m"}}}});
  const std::string deferred = Use({{"guild_id", AnyGuild()}, {"command", "slow"}});
  EXPECT_TRUE(Eventually([&] { return Control("/interactions/" + direct)["content"] == "every 5m"; }));
  EXPECT_TRUE(Eventually([&] { return Control("/interactions/" + deferred)["content"] == "done"; }));
  EXPECT_EQ(Requests("POST", "/interactions/{interaction.id}/{interaction.token}/callback", 204), 2);
  EXPECT_EQ(Requests("PATCH", "/webhooks/{application.id}/{interaction.token}/messages/@original", 200), 1);
  EXPECT_EQ(Requests("POST", "/applications/{application.id}/commands", 201), 2);
  EXPECT_EQ(Requests("GET", "/gateway/bot", 200), 1);
}

TEST_F(DppTest, SeesItselfJoinAndLeaveVoice) {
  std::atomic<std::uint64_t> channel_of_bot{1};
  bot_.on_voice_state_update([&](const dpp::voice_state_update_t& event) {
    if (event.state.user_id == bot_.me.id) channel_of_bot = event.state.channel_id;
  });
  Start();
  const Json guild = Control("/guilds")[0];
  const dpp::snowflake guild_id(guild["id"].get<std::string>());
  const dpp::snowflake channel(guild["voice_channels"][0]["id"].get<std::string>());
  dpp::discord_client* shard = bot_.get_shard(static_cast<std::uint32_t>(ShardOf(guild_id, 2)));
  shard->connect_voice(guild_id, channel);
  EXPECT_TRUE(Eventually([&] { return channel_of_bot == channel; }));
  shard->disconnect_voice(guild_id);
  EXPECT_TRUE(Eventually([&] { return channel_of_bot == 0; }));
  EXPECT_EQ(Sum(Ledger()["voice_joins"]) - Sum(before_["voice_joins"]), 1);
  EXPECT_EQ(Sum(Ledger()["voice_leaves"]) - Sum(before_["voice_leaves"]), 1);
}

TEST_F(DppTest, ResumesAfterADroppedConnection) {
  Start();
  AddFault({{"kind", "drop_gateway"}, {"shard", 0}});
  EXPECT_TRUE(Eventually([&] { return resumed_ == 1; })) << Ledger()["gateway"];
  EXPECT_EQ(Sum(Ledger()["gateway"]["resumes"]) - Sum(before_["gateway"]["resumes"]), 1);
  EXPECT_EQ(ready_, 2);
}

TEST_F(DppTest, ReconnectsWhenAskedTo) {
  Start();
  AddFault({{"kind", "reconnect"}, {"shard", 1}});
  EXPECT_TRUE(Eventually([&] { return resumed_ == 1; })) << Ledger()["gateway"];
}

TEST_F(DppTest, IdentifiesAgainAfterAnInvalidSession) {
  Start();
  AddFault({{"kind", "invalid_session"}, {"shard", 0}});
  EXPECT_TRUE(Eventually([&] { return ready_ == 3; })) << Ledger()["gateway"];
  EXPECT_EQ(Sum(Ledger()["gateway"]["identifies"]) - Sum(before_["gateway"]["identifies"]), 3);
}

TEST_F(DppTest, UnderstandsRateLimitsErrorsAndDroppedRequests) {
  Start();
  const auto get_self = [&] {
    std::atomic<int> status{-1};
    bot_.current_user_get([&](const auto& result) { status = result.http_info.status; });
    EXPECT_TRUE(Eventually([&] { return status != -1; }));
    return status.load();
  };
  AddFault({{"kind", "rate_limit"}, {"scope", "user"}, {"endpoint", "/users/@me"}, {"retry_after", 1}});
  EXPECT_EQ(get_self(), 429);
  EXPECT_EQ(get_self(), 200) << "D++ waits until the limit is over";
  AddFault({{"kind", "server_error"}, {"status", 502}, {"endpoint", "/users/@me"}});
  EXPECT_EQ(get_self(), 502);
  AddFault({{"kind", "drop_socket"}, {"endpoint", "/users/@me"}});
  EXPECT_EQ(get_self(), 0);
  EXPECT_EQ(Requests("GET", "/users/@me", 429), 1);
  EXPECT_EQ(Requests("GET", "/users/@me", 200), 1);
  EXPECT_EQ(Requests("GET", "/users/@me", 502), 1);
  EXPECT_EQ(Sum(Ledger()["dropped"]) - Sum(before_["dropped"]), 1);
}

TEST_F(DppTest, IsToldOfGuildsThatVanishAndReturn) {
  std::atomic<int> deleted{0};
  bot_.on_guild_delete([&](const dpp::guild_delete_t&) { ++deleted; });
  Start();
  AddFault({{"kind", "guild_vanish"}, {"guild_id", AnyGuild()}, {"removed", true}});
  EXPECT_TRUE(Eventually([&] { return deleted == 1; }));
  EXPECT_EQ(Sum(Ledger()["guilds"]), 2);
  AddFault({{"kind", "guild_return"}, {"guild_id", AnyGuild()}});
  EXPECT_TRUE(Eventually([&] { return guilds_ == 4; }));
  EXPECT_EQ(Sum(Ledger()["guilds"]), 3);
}

TEST_F(DppTest, IsRefusedWithAWrongToken) {
  dpp::cluster stranger("wrong");
  std::atomic<bool> told{false};
  stranger.on_log([&](const dpp::log_t& event) {
    if (event.message.find("401: Unauthorized") != std::string::npos) told = true;
  });
  stranger.start(dpp::st_return);
  EXPECT_TRUE(Eventually([&] { return told.load(); }));
  EXPECT_EQ(Requests("GET", "/gateway/bot", 401), 1);
}

}  // namespace
}  // namespace standin
