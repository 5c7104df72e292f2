#include "apps/disruptor/database/database.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "apps/disruptor/database/test_backend.hpp"

namespace disruptor {
namespace {

using guildscope::database::ErrorType;
using ::testing::HasSubstr;

ErrorType TypeOfError(const std::function<void()>& work) {
  try {
    work();
  } catch (const DatabaseError& error) {
    return error.type();
  }
  throw std::logic_error("there was no error");
}

class DatabaseTest : public ::testing::TestWithParam<Dialect> {
 protected:
  void SetUp() override {
    database_.Query("CREATE TABLE guild_settings (guild_id BIGINT PRIMARY KEY, chance DOUBLE PRECISION, name TEXT)");
  }

  TestBackend backend_{GetParam()};
  guildscope::metrics::Registry registry_;
  Database database_{backend_.Url(), {}, registry_};
};

INSTANTIATE_TEST_SUITE_P(, DatabaseTest, ::testing::Values(Dialect::kSqlite, Dialect::kPostgresql),
                         ::testing::PrintToStringParamName());

TEST_P(DatabaseTest, GivesBackWhatItWasGiven) {
  constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
  constexpr auto kSmallest = std::numeric_limits<std::int64_t>::min();
  const std::string name = "it's \"ünïcode\" $1 ? \\ \n --";
  database_.Query("INSERT INTO guild_settings VALUES ($1, $2, $3)", kLargest, 0.1, name);
  database_.Query("INSERT INTO guild_settings VALUES ($1, $2, $3)", kSmallest, std::nullopt, "");

  const Result result = database_.Query("SELECT guild_id, chance, name FROM guild_settings ORDER BY guild_id DESC");
  ASSERT_EQ(result.size(), 2U);
  EXPECT_EQ(result.columns(), (std::vector<std::string>{"guild_id", "chance", "name"}));
  EXPECT_EQ(result[0].Get<std::uint64_t>(0), static_cast<std::uint64_t>(kLargest));
  EXPECT_EQ(result[0].Get<double>(1), 0.1);
  EXPECT_EQ(result[0].Get<std::string>(2), name);
  EXPECT_EQ(result[1].Get<std::int64_t>(0), kSmallest);
  EXPECT_EQ(result[1].Get<std::optional<double>>(1), std::nullopt);
  EXPECT_EQ(result[1].Get<std::string>(2), "");
}

TEST_P(DatabaseTest, TakesParametersByNumberInAnyOrder) {
  database_.Query("INSERT INTO guild_settings (name, guild_id) VALUES ($2, $1)", 7, "seven");
  const Result result = database_.Query("SELECT name FROM guild_settings WHERE guild_id = $1 OR guild_id = $1", 7);
  ASSERT_EQ(result.size(), 1U);
  EXPECT_EQ(result[0].Get<std::string>(0), "seven");
}

TEST_P(DatabaseTest, CountsTheRowsThatAStatementChanged) {
  EXPECT_EQ(database_.Query("INSERT INTO guild_settings (guild_id) VALUES (1), (2), (3)").affected(), 3);
  EXPECT_EQ(database_.Query("SELECT * FROM guild_settings").affected(), 0);
  EXPECT_EQ(database_.Query("UPDATE guild_settings SET chance = 1 WHERE guild_id > $1", 1).affected(), 2);
  EXPECT_EQ(database_.Query("DELETE FROM guild_settings WHERE guild_id = $1", 99).affected(), 0);
  EXPECT_EQ(database_.Query("SELECT sum(guild_id) FROM guild_settings")[0].Get<int>(0), 6);
}

TEST_P(DatabaseTest, RefusesToReadAColumnAsWhatItIsNot) {
  database_.Query("INSERT INTO guild_settings (guild_id, name) VALUES (300, 'text')");
  const Result result = database_.Query("SELECT guild_id, name, chance FROM guild_settings");
  EXPECT_THROW((void)result[0].Get<std::int64_t>(1), DatabaseError);
  EXPECT_THROW((void)result[0].Get<double>(2), DatabaseError);
  EXPECT_THROW((void)result[0].Get<std::uint8_t>(0), DatabaseError);
  EXPECT_THROW((void)ToValue(std::numeric_limits<std::uint64_t>::max()), std::out_of_range);
}

TEST_P(DatabaseTest, SaysWhatKindOfErrorItWas) {
  database_.Query("INSERT INTO guild_settings (guild_id) VALUES (1)");
  EXPECT_EQ(TypeOfError([&] { database_.Query("INSERT INTO guild_settings (guild_id) VALUES (1)"); }),
            ErrorType::kConstraint);
  EXPECT_EQ(TypeOfError([&] { database_.Query("SELECT * FROM absent"); }), ErrorType::kNotFound);
  EXPECT_EQ(TypeOfError([&] { database_.Query("SELECT absent FROM guild_settings"); }), ErrorType::kNotFound);
  EXPECT_EQ(TypeOfError([&] { database_.Query("SELEKT 1"); }), ErrorType::kSyntax);
  EXPECT_EQ(TypeOfError([&] { database_.Query(""); }), ErrorType::kSyntax);
  EXPECT_EQ(TypeOfError([&] { database_.Query("SELECT 1; SELECT 2"); }), ErrorType::kSyntax);
  EXPECT_NO_THROW(database_.Query("SELECT 1"));
}

TEST_P(DatabaseTest, RefusesAWrongNumberOfParameters) {
  EXPECT_THROW(database_.Query("SELECT * FROM guild_settings WHERE guild_id = $1"), DatabaseError);
  EXPECT_THROW(database_.Query("SELECT * FROM guild_settings WHERE guild_id = $1", 1, 2), DatabaseError);
}

TEST_P(DatabaseTest, ATransactionIsWholeOrNotAtAll) {
  const auto count = [&] { return database_.Query("SELECT count(*) FROM guild_settings")[0].Get<int>(0); };
  const int answer = database_.Transact([](Connection& connection) {
    connection.Query("INSERT INTO guild_settings (guild_id) VALUES (1)");
    return 42;
  });
  EXPECT_EQ(answer, 42);
  EXPECT_EQ(count(), 1);
  EXPECT_THROW(database_.Transact([](Connection& connection) {
    connection.Query("INSERT INTO guild_settings (guild_id) VALUES (2)");
    connection.Query("INSERT INTO guild_settings (guild_id) VALUES (1)");
  }),
               DatabaseError);
  EXPECT_EQ(count(), 1);
}

TEST_P(DatabaseTest, ATransactionThatWasLeftOpenDoesNotReachTheNextUser) {
  {
    const Lease lease = database_.Acquire();
    lease->Query("BEGIN");
    lease->Query("INSERT INTO guild_settings (guild_id) VALUES (1)");
  }
  EXPECT_EQ(database_.Query("SELECT count(*) FROM guild_settings")[0].Get<int>(0), 0);
  database_.Transact([](Connection& connection) { connection.Query("SELECT 1"); });
}

TEST_P(DatabaseTest, AnswersAPing) {
  EXPECT_TRUE(database_.Ping());
  EXPECT_TRUE(database_.Ping());
}

TEST_P(DatabaseTest, AnswersAPingWhileEveryConnectionIsInUse) {
  std::vector<Lease> all;
  for (std::size_t i = 0; i < PoolOptions().max_connections; ++i) all.push_back(database_.Acquire());
  EXPECT_TRUE(database_.Ping());
}

}  // namespace
}  // namespace disruptor
