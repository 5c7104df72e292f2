#include "guildscope/instrumentation/database/sanitize.hpp"

#include <gtest/gtest.h>

#include <random>

namespace guildscope::database {
namespace {

TEST(Sanitize, ReplacesEveryKindOfLiteral) {
  for (const Dialect dialect : {Dialect::kSqlite, Dialect::kPostgresql}) {
    EXPECT_EQ(Sanitize("SELECT 'a', 1, -2.5, .5, 1e-3, 0xFF, x'ab' FROM t1 WHERE c2=3;", dialect),
              "SELECT ?, ?, -?, ?, ?, ?, ? FROM t1 WHERE c2=?;");
    EXPECT_EQ(Sanitize("SELECT 'it''s' , NULL", dialect), "SELECT ? , NULL");
    EXPECT_EQ(Sanitize("INSERT INTO songs VALUES ($1, 'x', $2)", dialect), "INSERT INTO songs VALUES ($1, ?, $2)");
    EXPECT_EQ(Sanitize("SELECT 'never ends", dialect), "SELECT ?");
    EXPECT_EQ(Sanitize("", dialect), "");
  }
  EXPECT_EQ(Sanitize("SELECT ?, ?1, :name, @name, $name", Dialect::kSqlite), "SELECT ?, ?1, :name, @name, $name");
  EXPECT_EQ(Sanitize("SELECT E'a\\'b', $$c$$, $q$ $$ $q$, U&'d', 1::text, a ? 'b'", Dialect::kPostgresql),
            "SELECT ?, ?, ?, ?, ?::text, a ? ?");
}

TEST(Sanitize, KeepsNamesButNotWhatSqliteMayTakeForAString) {
  EXPECT_EQ(Sanitize("SELECT \"Title\" FROM \"Songs\"", Dialect::kPostgresql), "SELECT \"Title\" FROM \"Songs\"");
  EXPECT_EQ(Sanitize("SELECT \"secret\", s.\"Title\" FROM \"Songs\" s", Dialect::kSqlite),
            "SELECT ?, s.\"Title\" FROM \"Songs\" s");
  EXPECT_EQ(Sanitize("SELECT [Title], `x` FROM songs", Dialect::kSqlite), "SELECT [Title], `x` FROM songs");
  EXPECT_EQ(Sanitize("SELECT ARRAY['secret']", Dialect::kPostgresql), "SELECT ARRAY[?]");
}

TEST(Sanitize, TakesCommentsAndSpaceOut) {
  EXPECT_EQ(Sanitize("  SELECT\n  1 -- secret\n /* secret */ FROM\tx  ", Dialect::kSqlite), "SELECT ? FROM x");
}

TEST(Sanitize, IsTheSameForListsOfAnyLength) {
  for (const Dialect dialect : {Dialect::kSqlite, Dialect::kPostgresql}) {
    EXPECT_EQ(Sanitize("SELECT * FROM t WHERE a IN (1)", dialect), "SELECT * FROM t WHERE a IN (?)");
    EXPECT_EQ(Sanitize("SELECT * FROM t WHERE a IN (1, -2, 'x') AND b", dialect),
              "SELECT * FROM t WHERE a IN (?) AND b");
    EXPECT_EQ(Sanitize("SELECT * FROM t WHERE a IN (SELECT 1)", dialect), "SELECT * FROM t WHERE a IN (SELECT ?)");
  }
}

TEST(Sanitize, IsShortAndValidUtf8) {
  std::string sql = "SELECT \xff\xfe FROM ";
  for (int i = 0; i < 1'000; ++i) sql += "ünïcode_";
  const std::string text = Sanitize(sql, Dialect::kPostgresql);
  EXPECT_LE(text.size(), 1'024U);
  EXPECT_TRUE(text.starts_with("SELECT \xEF\xBF\xBD")) << text;
}

TEST(Sanitize, LetsNoLiteralThroughWhateverStandsAroundIt) {
  const std::vector<std::string> parts{"SELECT ", " FROM ", "(", ")", "''", "\"\"", " -- x\n", " /* */ ", ";", ".",
                                       ",",       "x",      "1", "=", "\\", "$1",   " IN (",   "E",       "N", ":"};
  std::mt19937 random(11);
  for (int i = 0; i < 20'000; ++i) {
    std::string sql;
    for (int n = 0; n < 12; ++n) sql += parts[random() % parts.size()];
    sql += " 'hidden' ";
    for (int n = 0; n < 6; ++n) sql += parts[random() % parts.size()];
    for (const Dialect dialect : {Dialect::kSqlite, Dialect::kPostgresql}) {
      ASSERT_EQ(Sanitize(sql, dialect).find("hidden"), std::string::npos) << sql;
    }
  }
}

}  // namespace
}  // namespace guildscope::database
