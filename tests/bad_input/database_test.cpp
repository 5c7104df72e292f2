#include <gmock/gmock.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "guildscope/testing/postgres_server.hpp"
#include "tests/bad_input/bad_input.hpp"

namespace disruptor {
namespace {

using guildscope::testing::PostgresServer;
using guildscope::testing::Process;
using guildscope::testing::ProcessEnd;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kNewer = "INSERT INTO schema_migrations (version, name) VALUES (999, 'from the future')";

class BadDatabase : public BadInput {
 protected:
  BadDatabase() {
    const json settings{
        {"port", 0}, {"control_port", 0}, {"ca_file", (folder_ / "ca.pem").string()}, {"token", kToken}};
    standin_ = std::make_unique<Process>(guildscope::testing::ProcessOptions{
        .command = {PROGRAMS "/discord-standin", "--config", Write("standin.yaml", settings.dump())}});
    port_ = standin_->WaitForEvent("listening", kLimit).at("discord_port");
  }

  [[nodiscard]] std::string Settings(const std::string& url) const {
    return json{{"discord",
                 {{"token", kToken},
                  {"standin", "127.0.0.1:" + std::to_string(port_)},
                  {"standin_ca_file", (folder_ / "ca.pem").string()}}},
                {"database", {{"url", url}}},
                {"monitoring", {{"health_server", {{"port", 0}}}}}}
        .dump();
  }
  [[nodiscard]] std::string SqliteUrl() const { return "sqlite:" + (folder_ / "bot.db").string(); }

  /// The bot once from start to end, so that the database is whole.
  void MakeDatabase(const std::string& url) const {
    Process bot({.command = {PROGRAMS "/disruptor", "--config", Write("bot.yaml", Settings(url))},
                 .environment = {{"DISCORD_TOKEN", ""}, {"OTEL_EXPORTER_OTLP_ENDPOINT", ""}}});
    (void)bot.WaitForEvent("ready", kLimit);
    bot.Signal(SIGTERM);
    ASSERT_EQ(bot.Wait(kLimit), (ProcessEnd{.exit_status = 0})) << bot.Errors();
  }

  void Sqlite(const std::string& sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((folder_ / "bot.db").c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  static std::string Postgres(const std::string& url, const std::string& sql) {
    PGconn* connection = PQconnectdb(url.c_str());
    PGresult* result = PQexec(connection, sql.c_str());
    std::string value =
        PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
    EXPECT_STREQ(PQresultErrorMessage(result), "");
    PQclear(result);
    PQfinish(connection);
    return value;
  }

  std::unique_ptr<Process> standin_;
  std::uint16_t port_ = 0;
};

TEST_F(BadDatabase, OfANewerSchemaIsRefusedAndLeftAsItIs) {
  MakeDatabase(SqliteUrl());
  Sqlite(kNewer);
  const std::string before = Read("bot.db");
  const Ending bot = RunBot(Settings(SqliteUrl()));
  EXPECT_EQ(bot.status, 4);
  EXPECT_THAT(bot.errors, AllOf(HasSubstr("the database has schema version 999, this program knows versions up to "),
                                HasSubstr("run the newer program, nothing was changed")));
  EXPECT_EQ(Read("bot.db"), before);
}

TEST_F(BadDatabase, ThatIsNoneIsLeftAsItIs) {
  const std::string text(10'000, 'x');
  Write("bot.db", text);
  const Ending bot = RunBot(Settings(SqliteUrl()));
  EXPECT_EQ(bot.status, 4);
  EXPECT_THAT(bot.errors, HasSubstr("not a database"));
  EXPECT_EQ(Read("bot.db"), text);
}

TEST_F(BadDatabase, ThatIsAFolderCannotBeOpened) {
  const Ending bot = RunBot(Settings("sqlite:" + folder_.string()));
  EXPECT_EQ(bot.status, 4);
  EXPECT_THAT(bot.errors, HasSubstr("cannot open the database"));
}

TEST_F(BadDatabase, OfPostgresqlHasTheSameErrors) {
  PostgresServer server;
  const Ending wrong_password = RunBot(Settings(server.UrlFor("postgres", "hunter22")));
  EXPECT_EQ(wrong_password.status, 4);
  EXPECT_THAT(wrong_password.errors, AllOf(HasSubstr("password authentication failed"), Not(HasSubstr("hunter22"))));

  const Ending no_database = RunBot(Settings(server.Url("nowhere")));
  EXPECT_EQ(no_database.status, 4);
  EXPECT_THAT(no_database.errors,
              AllOf(HasSubstr("\"nowhere\" does not exist"), Not(HasSubstr("a%20real%20password"))));

  MakeDatabase(server.Url());
  Postgres(server.Url(), kNewer);
  const Ending newer = RunBot(Settings(server.Url()));
  EXPECT_EQ(newer.status, 4);
  EXPECT_THAT(newer.errors, HasSubstr("the database has schema version 999"));
  EXPECT_EQ(Postgres(server.Url(), "SELECT max(version) FROM schema_migrations"), "999");
}

TEST_F(BadDatabase, ThatDoesNotAnswerIsNamed) {
  const Ending bot = RunBot(Settings("postgresql://bot:hunter22@127.0.0.1:1/x"));
  EXPECT_EQ(bot.status, 4);
  EXPECT_THAT(bot.errors, AllOf(HasSubstr("127.0.0.1"), HasSubstr("refused"), Not(HasSubstr("hunter22"))));
}

}  // namespace
}  // namespace disruptor
