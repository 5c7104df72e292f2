#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>

#include "apps/disruptor/database/database.hpp"
#include "apps/disruptor/database/database_url.hpp"
#include "apps/disruptor/database/test_backend.hpp"

/// What is wrong with a database is one clear error when the bot starts, and the password is never in it.
namespace disruptor {
namespace {

using guildscope::database::ErrorType;
using guildscope::testing::PostgresServer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace fs = std::filesystem;

struct Failure {
  ErrorType type;
  std::string text;
};

Failure FailureToOpen(const std::string& url, const PoolOptions& options = {}) {
  guildscope::metrics::Registry registry;
  try {
    const Database database(url, options, registry);
  } catch (const DatabaseError& error) {
    return {error.type(), error.what()};
  }
  return {ErrorType::kOther, "it opened"};
}

/// Root may read everything, so what others meet is tried as somebody else.
class AsNobody {
 public:
  AsNobody() {
    if (geteuid() == 0) changed_ = seteuid(65534) == 0;
  }
  ~AsNobody() {
    if (changed_ && seteuid(0) != 0) std::abort();
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  bool changed_ = false;
};

/// Accepts connections and never says a word.
class SilentServer {
 public:
  SilentServer() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(fd_, generic, size) != 0 || listen(fd_, 16) != 0 || getsockname(fd_, generic, &size) != 0) std::abort();
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { close(fd_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  [[nodiscard]] std::string Url() const {
    return "postgresql://bot:hidden-word@127.0.0.1:" + std::to_string(port_) + "/bot";
  }

 private:
  int fd_;
  int port_ = 0;
};

TEST(DatabaseUrl, IsUnderstood) {
  EXPECT_EQ(DatabaseUrl::Parse("sqlite:relative/bot.db").target, "relative/bot.db");
  EXPECT_TRUE(DatabaseUrl::Parse("sqlite::memory:").in_memory());
  const auto url = DatabaseUrl::Parse("postgresql://bot:p%40ss@db.example:5433/music?sslmode=disable");
  EXPECT_EQ(url.dialect, Dialect::kPostgresql);
  EXPECT_EQ(url.password, "p@ss");
  EXPECT_EQ(url.display, "postgresql://bot@db.example:5433/music");
  EXPECT_EQ(DatabaseUrl::Parse("postgres://h/d?password=hidden").display, "postgresql://h/d");
}

TEST(DatabaseUrl, SaysWhatIsAcceptedAndNeverQuotesWhatItDoesNotUnderstand) {
  for (const std::string url :
       {"", "sqlite:", "mysql://bot:hidden-word@host/db", "postgresql://bot:hid/den-word@h/d",
        "postgresql://bot:123/den-word@h/d", "postgresql://bot:hidden-word@h:port/d", "hidden-word"}) {
    const Failure failure = FailureToOpen(url);
    EXPECT_EQ(failure.type, ErrorType::kSyntax) << url;
    EXPECT_THAT(failure.text, AllOf(HasSubstr("database.url"), HasSubstr("accepted: sqlite:PATH"))) << url;
    EXPECT_THAT(failure.text, AllOf(Not(HasSubstr("hid")), Not(HasSubstr("den-word")))) << url;
  }
}

TEST(OpenSqlite, SaysThatThePathIsADirectory) {
  const TemporaryFolder folder;
  EXPECT_THAT(FailureToOpen("sqlite:" + folder.path().string()).text,
              AllOf(HasSubstr(folder.path().string()), HasSubstr("is a directory")));
}

TEST(OpenSqlite, SaysThatTheFolderIsMissing) {
  const TemporaryFolder folder;
  const Failure failure = FailureToOpen("sqlite:" + (folder.path() / "absent/bot.db").string());
  EXPECT_EQ(failure.type, ErrorType::kConnection);
  EXPECT_THAT(failure.text, AllOf(HasSubstr("absent/bot.db"), HasSubstr("No such file or directory")));
}

TEST(OpenSqlite, SaysThatTheFileMayNotBeReadOrWritten) {
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::all);
  const fs::path path = folder.path() / "bot.db";
  std::ofstream(path).flush();
  fs::permissions(path, fs::perms::none);
  {
    const AsNobody as_nobody;
    const Failure failure = FailureToOpen("sqlite:" + path.string());
    EXPECT_EQ(failure.type, ErrorType::kPermission);
    EXPECT_THAT(failure.text, HasSubstr("Permission denied"));
  }
  fs::permissions(path, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
  const AsNobody as_nobody;
  const Failure failure = FailureToOpen("sqlite:" + path.string());
  EXPECT_EQ(failure.type, ErrorType::kPermission);
  EXPECT_THAT(failure.text, HasSubstr("may not be written"));
}

TEST(OpenSqlite, SaysThatTheFileIsNoDatabaseAndLeavesItAlone) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "letter.txt";
  const std::string content = "Dear reader, this is a letter and no database at all, whatever its name may say.\n";
  std::ofstream(path) << content;
  EXPECT_THAT(FailureToOpen("sqlite:" + path.string()).text, HasSubstr("not a database"));
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), content);
}

TEST(OpenSqlite, AMemoryDatabaseIsOneForAllUsers) {
  guildscope::metrics::Registry registry;
  Database database("sqlite::memory:", {}, registry);
  database.Query("CREATE TABLE songs (id BIGINT)");
  EXPECT_EQ(database.Query("SELECT count(*) FROM songs")[0].Get<int>(0), 0);
  EXPECT_TRUE(database.Ping());
}

TEST(PingSqlite, FailsWhenTheFileIsGone) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "bot.db";
  guildscope::metrics::Registry registry;
  Database database("sqlite:" + path.string(), {}, registry);
  ASSERT_TRUE(database.Ping());
  fs::remove(path);
  EXPECT_FALSE(database.Ping());
}

TEST(OpenPostgresql, SaysThatNobodyListens) {
  // Port 1 is reserved and nobody's.
  const Failure failure = FailureToOpen("postgresql://bot:hidden-word@127.0.0.1:1/bot");
  EXPECT_EQ(failure.type, ErrorType::kConnection);
  EXPECT_THAT(failure.text, AllOf(HasSubstr("postgresql://bot@127.0.0.1:1/bot"), HasSubstr("Connection refused"),
                                  Not(HasSubstr("hidden-word"))));
}

TEST(OpenPostgresql, SaysThatThePasswordOrTheDatabaseIsWrong) {
  const PostgresServer server;
  const Failure password = FailureToOpen(server.UrlFor("postgres", "hidden-word"));
  EXPECT_EQ(password.type, ErrorType::kPermission);
  EXPECT_THAT(password.text, AllOf(HasSubstr("password authentication failed"), Not(HasSubstr("hidden-word"))));
  EXPECT_THAT(FailureToOpen(server.Url("absent")).text, HasSubstr("\"absent\" does not exist"));
}

TEST(OpenPostgresql, GivesUpOnAServerThatNeverAnswers) {
  const SilentServer server;
  const auto start = std::chrono::steady_clock::now();
  const Failure failure = FailureToOpen(server.Url(), {.connect_timeout = std::chrono::milliseconds(200)});
  EXPECT_EQ(failure.type, ErrorType::kTimeout);
  EXPECT_THAT(failure.text, AllOf(HasSubstr("did not answer"), Not(HasSubstr("hidden-word"))));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(PostgresqlPool, OpensNewConnectionsAfterTheServerRestarted) {
  PostgresServer server;
  guildscope::metrics::Registry registry;
  Database database(server.Url(), {}, registry);
  {
    const Lease first = database.Acquire();
    const Lease second = database.Acquire();
  }
  ASSERT_TRUE(database.Ping());
  server.Stop();
  EXPECT_FALSE(database.Ping());
  EXPECT_THROW(database.Query("SELECT 1"), DatabaseError);
  server.Start();
  EXPECT_TRUE(database.Ping());
  const Lease first = database.Acquire();
  EXPECT_NO_THROW(first->Query("SELECT 1"));
  EXPECT_NO_THROW(database.Query("SELECT 1"));
}

TEST(PostgresqlPool, AStatementThatTakesTooLongIsCancelled) {
  const PostgresServer server;
  guildscope::metrics::Registry registry;
  Database database(server.Url(), {.statement_timeout = std::chrono::milliseconds(100)}, registry);
  try {
    database.Query("SELECT pg_sleep(60)");
    FAIL() << "it was not cancelled";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.type(), ErrorType::kTimeout);
  }
  EXPECT_NO_THROW(database.Query("SELECT 1"));
}

}  // namespace
}  // namespace disruptor
