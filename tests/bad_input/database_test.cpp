#include <gmock/gmock.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

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
                {"music", {{"cache", {{"directory", (folder_ / "cache").string()}}}}},
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

  /// The one line that is no log record. Fails when there are more, or when a password is anywhere in the output.
  static std::string TheLine(const Ending& ending) {
    std::string found;
    std::istringstream lines(ending.errors);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("20")) continue;  // the date of a log record
      EXPECT_EQ(found, "");
      found = line;
    }
    EXPECT_THAT(ending.output + ending.errors,
                AllOf(Not(HasSubstr("hunter22")), Not(HasSubstr("a real password")), Not(HasSubstr("a%20real"))));
    return found;
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
  EXPECT_THAT(TheLine(bot), AllOf(HasSubstr("the database has schema version 999, this program knows versions up to "),
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
  EXPECT_THAT(TheLine(wrong_password), HasSubstr("password authentication failed"));

  const Ending no_database = RunBot(Settings(server.Url("nowhere")));
  EXPECT_EQ(no_database.status, 4);
  EXPECT_THAT(TheLine(no_database), HasSubstr("\"nowhere\" does not exist"));

  MakeDatabase(server.Url());
  Postgres(server.Url(), kNewer);
  const Ending newer = RunBot(Settings(server.Url()));
  EXPECT_EQ(newer.status, 4);
  EXPECT_THAT(TheLine(newer), HasSubstr("the database has schema version 999"));
  EXPECT_EQ(Postgres(server.Url(), "SELECT max(version) FROM schema_migrations"), "999");
}

TEST_F(BadDatabase, ThatDoesNotAnswerIsNamed) {
  const Ending bot = RunBot(Settings("postgresql://bot:hunter22@127.0.0.1:1/x"));
  EXPECT_EQ(bot.status, 4);
  EXPECT_THAT(TheLine(bot), AllOf(HasSubstr("127.0.0.1"), HasSubstr("refused")));
}

}  // namespace
}  // namespace disruptor
