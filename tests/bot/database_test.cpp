#include <gmock/gmock.h>

#include <optional>
#include <regex>
#include <set>

#include "apps/disruptor/database/database.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/otlp_receiver.hpp"
#include "guildscope/testing/postgres_server.hpp"
#include "tests/bot/bot_run.hpp"

/// The whole bot is the same on SQLite and on PostgreSQL, and so is what its telemetry says of the database.
namespace disruptor {
namespace {

using guildscope::testing::OtlpReceiver;
using guildscope::testing::OtlpSignal;
using guildscope::testing::PostgresServer;
using guildscope::testing::ReceivedSpan;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr int kPoolSize = 3;

class BotOnDatabase : public BotRun, public ::testing::WithParamInterface<std::string> {
 protected:
  BotOnDatabase() {
    if (!IsPostgres()) return;
    server_.emplace(
        guildscope::testing::PostgresOptions{.password = kPassword, .settings = {{"log_statement", "all"}}});
    secrets_.insert({kPassword, kPasswordInUrl});
  }

  static bool IsPostgres() { return GetParam() == "postgresql"; }

  [[nodiscard]] std::string Url() const {
    return server_ ? server_->Url() : "sqlite:" + (folder() / "bot.db").string();
  }

  void Start() {
    StartBot({{"database", {{"url", Url()}, {"pool_size", kPoolSize}}},
              {"monitoring",
               {{"otlp",
                 {{"enabled", true},
                  {"metrics", {{"endpoint", receiver_.grpc_endpoint()}}},
                  {"logs", {{"endpoint", receiver_.grpc_endpoint()}}},
                  {"traces", {{"endpoint", receiver_.http_endpoint(OtlpSignal::kTraces)}}}}}}}});
  }

  [[nodiscard]] double Queries(const std::string& operation, const std::string& table,
                               const std::string& status = "success") const {
    return Metric("disruptor_database_queries_total", {{"operation", operation}, {"table", table}, {"status", status}});
  }
  [[nodiscard]] double Errors(const std::string& type) const {
    return Metric("disruptor_database_errors_total", {{"error_type", type}});
  }

  /// On a connection of the test's own, as an operator would.
  void Sql(const std::string& sql) const {
    guildscope::metrics::Registry registry;
    Database(Url(), {}, registry).Query(sql);
  }

  /// Of statements; the health check's pings are left out, which go on while the bot ends.
  [[nodiscard]] std::vector<ReceivedSpan> StatementSpans() {
    std::vector<ReceivedSpan> spans;
    for (const ReceivedSpan& span : receiver_.store().Spans()) {
      const auto attributes = span.attributes();
      if (attributes.contains("db.system.name") && attributes.at("db.query.text") != "SELECT ?") spans.push_back(span);
    }
    return spans;
  }

  static constexpr const char* kPassword = "Hunter2 is hidden";
  static constexpr const char* kPasswordInUrl = "Hunter2%20is%20hidden";

  std::optional<PostgresServer> server_;
  OtlpReceiver receiver_;
};

std::string Name(const ::testing::TestParamInfo<std::string>& info) { return info.param; }

INSTANTIATE_TEST_SUITE_P(On, BotOnDatabase, ::testing::Values("sqlite", "postgresql"), Name);

TEST_P(BotOnDatabase, AnswersCommandsAndKeepsWhatTheySetAcrossARestart) {
  StartStandin();
  Start();
  const std::string guild = FirstGuild();
  const std::string channel = JoinableChannels(guild).at(0);
  EXPECT_EQ(Queries("SELECT", "guild_settings"), 1);  // all guilds at once, when the bot starts
  EXPECT_THAT(Use(guild, "next"), HasSubstr("then every 1 day"));
  EXPECT_THAT(Use(guild, "interval", {{"duration", "2h30m"}}), HasSubstr("every 2 hours 30 minutes"));
  EXPECT_THAT(Use(guild, "interval", {{"duration", "3h"}}), HasSubstr("every 3 hours"));
  EXPECT_THAT(Use(guild, "chance", {{"percent", 75}}), HasSubstr("75 %"));
  EXPECT_THAT(Use(guild, "weight", {{"channel", channel}, {"weight", 5}}), HasSubstr("weight 5"));
  EXPECT_THAT(Use(guild, "status"), HasSubstr("All is well."));
  EXPECT_EQ(Queries("SELECT", "guild_settings"), 1);
  EXPECT_EQ(Queries("INSERT", "guild_settings"), 3);
  EXPECT_EQ(Queries("INSERT", "channel_weights"), 1);
  EXPECT_EQ(
      Metric("disruptor_database_query_duration_seconds_count", {{"operation", "INSERT"}, {"table", "guild_settings"}}),
      3);
  EXPECT_EQ(Metric("disruptor_database_errors_total"), 0);
  EXPECT_EQ(Metric("disruptor_database_connections", {{"state", "idle"}}), 1);
  EXPECT_EQ(Metric("disruptor_database_connections", {{"state", "used"}}), 0);
  EXPECT_EQ(Metric("disruptor_database_connections_max"), kPoolSize);
  ExpectTelemetryEqualsLedger();
  StopBot();

  Start();
  // The bot is ready when the gateway is; the guilds, and what they have set, come after that.
  EXPECT_TRUE(Eventually([&] { return Use(guild, "next").find("then every 3 hours") != std::string::npos; }));
  EXPECT_EQ(Queries("SELECT", "channel_weights"), 1);
  EXPECT_EQ(Queries("INSERT", "guild_settings"), 0);
  StopBot();
  guildscope::metrics::Registry registry;
  Database database(Url(), {}, registry);
  const auto settings = database.Query("SELECT interval_seconds, chance_percent FROM guild_settings");
  ASSERT_EQ(settings.size(), 1U);
  EXPECT_EQ(settings[0].Get<int>(0), 3 * 3600);
  EXPECT_EQ(settings[0].Get<int>(1), 75);
  EXPECT_EQ(
      database.Query("SELECT weight FROM channel_weights WHERE channel_id = $1", std::stoll(channel))[0].Get<int>(0),
      5);
}

TEST_P(BotOnDatabase, TracesEveryStatement) {
  StartStandin();
  Start();
  const std::string guild = FirstGuild();
  Use(guild, "interval", {{"duration", "2h"}});
  Use(guild, "chance", {{"percent", 75}});
  StopBot();

  const auto commands = receiver_.store().SpansNamed("command interval");
  ASSERT_THAT(commands, SizeIs(1));
  const ReceivedSpan& command = commands.front();
  EXPECT_THAT(receiver_.store().SpansNamed("SELECT guild_settings"), SizeIs(1));
  EXPECT_THAT(receiver_.store().SpansNamed("INSERT guild_settings"), SizeIs(2));
  int in_command = 0;
  for (const ReceivedSpan& span : StatementSpans()) {
    const auto attributes = span.attributes();
    EXPECT_EQ(attributes.at("db.system.name"), GetParam()) << span.name();
    EXPECT_EQ(span.span.kind(), opentelemetry::proto::trace::v1::Span::SPAN_KIND_CLIENT) << span.name();
    if (span.trace_id() != command.trace_id()) continue;
    ++in_command;
    EXPECT_EQ(span.parent_id(), command.span_id());
    EXPECT_EQ(attributes.at("db.operation.name"), "INSERT");
    EXPECT_EQ(attributes.at("db.collection.name"), "guild_settings");
    EXPECT_THAT(attributes.at("db.query.text"), HasSubstr("VALUES ($1, $2)"));
  }
  EXPECT_EQ(in_command, 1);
  EXPECT_EQ(receiver_.store().Sum("disruptor.database.queries", {{"table", "guild_settings"}, {"status", "success"}}),
            static_cast<double>(receiver_.store().SpansNamed("SELECT guild_settings").size() +
                                receiver_.store().SpansNamed("INSERT guild_settings").size() +
                                receiver_.store().SpansNamed("CREATE guild_settings").size()));

  std::string exported;
  for (const ReceivedSpan& span : receiver_.store().Spans()) exported += span.span.ShortDebugString();
  for (const auto& log : receiver_.store().Logs()) exported += log.record.ShortDebugString();
  EXPECT_GT(receiver_.store().log_count(), 0U);
  for (const std::string& secret : secrets_) EXPECT_EQ(exported.find(secret), std::string::npos);
}

TEST_P(BotOnDatabase, SaysWhichStatementFailsAndGoesOn) {
  StartStandin();
  Start();
  const std::string guild = FirstGuild();
  Sql("ALTER TABLE guild_settings RENAME TO elsewhere");
  EXPECT_THAT(Use(guild, "chance", {{"percent", 10}}), HasSubstr("went wrong"));
  EXPECT_EQ(Metric("disruptor_database_errors_total",
                   {{"operation", "INSERT"}, {"table", "guild_settings"}, {"error_type", "not_found"}}),
            1);
  EXPECT_EQ(Queries("INSERT", "guild_settings", "error"), 1);
  EXPECT_EQ(Metric("disruptor_database_errors_total"), 1);
  Sql("ALTER TABLE elsewhere RENAME TO guild_settings");
  EXPECT_THAT(Use(guild, "chance", {{"percent", 20}}), HasSubstr("20 %"));
  EXPECT_EQ(Queries("INSERT", "guild_settings"), 1);
  ExpectTelemetryEqualsLedger();
  StopBot();
  const auto spans = receiver_.store().SpansNamed("INSERT guild_settings");
  ASSERT_THAT(spans, SizeIs(2));
  EXPECT_EQ(spans[0].span.status().code(), opentelemetry::proto::trace::v1::Status::STATUS_CODE_ERROR);
  EXPECT_EQ(spans[0].attributes().at("error.type"), "not_found");
}

class BotOnPostgres : public BotOnDatabase {};

INSTANTIATE_TEST_SUITE_P(On, BotOnPostgres, ::testing::Values("postgresql"), Name);

/// The server's log is the truth that the telemetry is held against.
TEST_P(BotOnPostgres, EachStatementThatTheServerLoggedNamesItsSpan) {
  StartStandin();
  Start();
  const std::string guild = FirstGuild();
  Use(guild, "interval", {{"duration", "2h"}});
  Use(guild, "weight", {{"channel", JoinableChannels(guild).at(0)}, {"weight", 5}});
  StopBot();

  std::multiset<std::string> logged;
  int statements = 0;
  const std::string log = server_->Log();
  // A statement goes on over lines that begin with a tab.
  const std::regex statement("(?:statement|execute <unnamed>): ((?:[^\\n]|\\n\\t)*)");
  const std::regex traceparent(",?traceparent='(00-[0-9a-f-]+)'\\*/;?\\s*$");
  for (std::sregex_iterator at(log.begin(), log.end(), statement), end; at != end; ++at) {
    const std::string text = (*at)[1];
    if (text.starts_with("SELECT 1 /*")) continue;  // the health check
    std::smatch found;
    ++statements;
    EXPECT_TRUE(std::regex_search(text, found, traceparent)) << text;
    logged.insert(found[1]);
  }
  std::multiset<std::string> arrived;
  for (const ReceivedSpan& span : StatementSpans())
    arrived.insert("00-" + span.trace_id() + "-" + span.span_id() + "-01");
  EXPECT_GE(statements, 10);
  EXPECT_EQ(logged, arrived) << log;

  const auto insert = receiver_.store().SpansNamed("INSERT channel_weights");
  ASSERT_THAT(insert, SizeIs(1));
  EXPECT_THAT(log, HasSubstr("/*route='command%20weight',traceparent='00-" + insert[0].trace_id() + "-" +
                             insert[0].span_id() + "-01'*/"));
}

TEST_P(BotOnPostgres, IsNotReadyWhileTheServerIsGoneAndGoesOnAfterwards) {
  StartStandin();
  Start();
  const std::string guild = FirstGuild();
  Use(guild, "interval", {{"duration", "2h"}});
  server_->Stop();
  EXPECT_THAT(Use(guild, "interval", {{"duration", "3h"}}), HasSubstr("went wrong"));
  EXPECT_GE(Errors("connection"), 1);
  EXPECT_EQ(Metric("disruptor_database_errors_total"), Errors("connection"));
  EXPECT_TRUE(Eventually([&] { return Probe("/ready") == 503; }));
  EXPECT_THAT(guildscope::testing::Get(playground().http_port(), "/ready").body, HasSubstr(R"("db":"unavailable")"));
  server_->Start();
  EXPECT_TRUE(Eventually([&] { return Probe("/ready") == 200; }));
  EXPECT_THAT(Use(guild, "next"), HasSubstr("then every 2 hours"));
  EXPECT_THAT(Use(guild, "interval", {{"duration", "4h"}}), HasSubstr("every 4 hours"));
  StopBot();
}

}  // namespace
}  // namespace disruptor
