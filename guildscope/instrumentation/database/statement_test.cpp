#include "guildscope/instrumentation/database/statement.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <random>

namespace guildscope::database {
namespace {

struct Case {
  std::string sql;
  std::string_view operation;
  std::string_view table;
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.sql.substr(0, 200); }

void Expect(const Case& expected, Dialect dialect) {
  const Statement statement = ParseStatement(expected.sql, dialect);
  EXPECT_EQ(statement.operation, expected.operation) << expected;
  EXPECT_EQ(statement.table, expected.table) << expected;
}

void ExpectOnBoth(std::initializer_list<Case> cases) {
  for (const Case& c : cases) {
    Expect(c, Dialect::kSqlite);
    Expect(c, Dialect::kPostgresql);
  }
}

TEST(ParseStatement, FindsTheTableOfTheOrdinary) {
  ExpectOnBoth({
      {"SELECT * FROM songs", "SELECT", "songs"},
      {"select a, b from Songs where x = 1;", "SELECT", "songs"},
      {"SeLeCt 1", "SELECT", ""},
      {"INSERT INTO songs (id) VALUES (1)", "INSERT", "songs"},
      {"INSERT INTO songs(id) SELECT id FROM plays", "INSERT", "songs"},
      {"INSERT INTO songs VALUES (1) ON CONFLICT (id) DO UPDATE SET x = 1 WHERE songs.id = 2", "INSERT", "songs"},
      {"UPDATE songs SET title = 'x' WHERE id = 1", "UPDATE", "songs"},
      {"UPDATE songs SET x = p.x FROM plays p WHERE p.id = songs.id", "UPDATE", "songs"},
      {"DELETE FROM songs WHERE id IN (SELECT id FROM plays)", "DELETE", "songs"},
      {"TRUNCATE TABLE songs", "TRUNCATE", "songs"},
      {"VALUES (1), (2)", "SELECT", ""},
      {"ANALYZE songs", "ANALYZE", "songs"},
  });
}

TEST(ParseStatement, FindsTheTableOfADefinition) {
  ExpectOnBoth({
      {"CREATE TABLE songs (id BIGINT)", "CREATE", "songs"},
      {"CREATE TEMP TABLE IF NOT EXISTS songs AS SELECT * FROM plays", "CREATE", "songs"},
      {"CREATE UNIQUE INDEX IF NOT EXISTS by_title ON songs (title)", "CREATE", "songs"},
      {"CREATE INDEX by_title ON songs (title)", "CREATE", "songs"},
      {"CREATE OR REPLACE VIEW popular AS SELECT * FROM songs", "CREATE", "popular"},
      {"CREATE VIRTUAL TABLE words USING fts5(text)", "CREATE", "words"},
      {"CREATE TRIGGER t AFTER INSERT ON songs BEGIN UPDATE plays SET n = 1; DELETE FROM old; END", "CREATE", "songs"},
      {"CREATE EXTENSION pgcrypto", "CREATE", ""},
      {"ALTER TABLE IF EXISTS songs ADD COLUMN x TEXT", "ALTER", "songs"},
      {"DROP TABLE IF EXISTS songs", "DROP", "songs"},
      {"DROP INDEX by_title", "DROP", ""},
      {"REFRESH MATERIALIZED VIEW CONCURRENTLY popular", "REFRESH", "popular"},
  });
}

TEST(ParseStatement, KnowsStatementsWithoutATable) {
  ExpectOnBoth({
      {"BEGIN IMMEDIATE", "BEGIN", ""},
      {"start transaction read only", "BEGIN", ""},
      {"COMMIT", "COMMIT", ""},
      {"END TRANSACTION", "COMMIT", ""},
      {"ROLLBACK TO SAVEPOINT a", "ROLLBACK", ""},
      {"ABORT", "ROLLBACK", ""},
      {"SAVEPOINT a", "SAVEPOINT", ""},
      {"PRAGMA journal_mode = WAL", "PRAGMA", ""},
      {"SET statement_timeout = 0", "SET", ""},
      {"LISTEN songs", "LISTEN", ""},
      {"DEALLOCATE ALL", "DEALLOCATE", ""},
  });
}

TEST(ParseStatement, ReadsNamesInEveryForm) {
  ExpectOnBoth({
      {"SELECT * FROM main.songs", "SELECT", "songs"},
      {"SELECT * FROM \"Songs And Words\"", "SELECT", "Songs And Words"},
      {"SELECT * FROM \"my\"\"songs\"", "SELECT", "my\"songs"},
      {"SELECT * FROM \"bot\" . \"Songs\" AS s", "SELECT", "Songs"},
      {"SELECT * FROM db.public.songs", "SELECT", "songs"},
      {"SELECT * FROM musik_stücke", "SELECT", "musik_stücke"},
      {"SELECT * FROM songs2024$x", "SELECT", "songs2024$x"},
      {"INSERT INTO\"songs\"VALUES(1)", "INSERT", "songs"},
      {"SELECT\n\t*\r\nFROM\f songs", "SELECT", "songs"},
  });
  Expect({"SELECT * FROM [My Songs]", "SELECT", "My Songs"}, Dialect::kSqlite);
  Expect({"SELECT * FROM `songs`", "SELECT", "songs"}, Dialect::kSqlite);
  Expect({"SELECT a[1], ARRAY['b'] FROM songs", "SELECT", "songs"}, Dialect::kPostgresql);
  Expect({"SELECT * FROM U&\"songs\"", "SELECT", "songs"}, Dialect::kPostgresql);
}

TEST(ParseStatement, LooksThroughComments) {
  ExpectOnBoth({
      {"-- SELECT * FROM other\nSELECT * FROM songs", "SELECT", "songs"},
      {"/* INSERT INTO other */ SELECT /* FROM x */ * FROM /**/ songs -- y", "SELECT", "songs"},
      {"SELECT * FROM songs /*traceparent='00-1-2-01'*/", "SELECT", "songs"},
      {"-- nothing but this", "OTHER", ""},
      {"/* not closed SELECT * FROM songs", "OTHER", ""},
  });
  Expect({"/* a /* b */ SELECT 1 FROM x */ DELETE FROM songs", "DELETE", "songs"}, Dialect::kPostgresql);
  Expect({"/* a /* b */ SELECT 1 FROM songs", "SELECT", "songs"}, Dialect::kSqlite);
}

TEST(ParseStatement, TakesTheFirstTableOfTheOutermostStatement) {
  ExpectOnBoth({
      {"SELECT * FROM songs s JOIN plays p ON p.id = s.id", "SELECT", "songs"},
      {"SELECT * FROM songs, plays", "SELECT", "songs"},
      {"SELECT (SELECT count(*) FROM plays) FROM songs", "SELECT", "songs"},
      {"SELECT * FROM (SELECT * FROM songs) AS s", "SELECT", "songs"},
      {"SELECT * FROM (SELECT * FROM (SELECT 1 FROM songs) a) b, plays", "SELECT", "songs"},
      {"SELECT * FROM (songs JOIN plays USING (id))", "SELECT", "songs"},
      {"SELECT EXISTS (SELECT 1 FROM songs WHERE id = 1)", "SELECT", "songs"},
      {"(SELECT * FROM songs) UNION (SELECT * FROM plays)", "SELECT", "songs"},
      {"SELECT 1 UNION SELECT id FROM songs", "SELECT", "songs"},
      {"SELECT * FROM json_each('[1]') j JOIN songs ON songs.id = j.value", "SELECT", "songs"},
      {"SELECT * FROM generate_series(1, 3)", "SELECT", ""},
      {"SELECT a IS NOT DISTINCT FROM b FROM songs", "SELECT", "songs"},
      {"SELECT EXTRACT(year FROM added) FROM songs", "SELECT", "songs"},
      {"SELECT * FROM ONLY songs", "SELECT", "songs"},
      {"SELECT * FROM songs WHERE a IN (1, 2) GROUP BY 1, 2 ORDER BY x, y", "SELECT", "songs"},
  });
}

TEST(ParseStatement, LooksThroughCommonTableExpressions) {
  ExpectOnBoth({
      {"WITH a AS (SELECT 1) SELECT * FROM songs", "SELECT", "songs"},
      {"WITH a AS (SELECT * FROM plays), b AS (SELECT 2) SELECT * FROM a, b, songs", "SELECT", "songs"},
      {"WITH recent AS (SELECT * FROM plays) SELECT * FROM recent", "SELECT", "plays"},
      {"WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t) SELECT n FROM t", "SELECT", ""},
      {"WITH a(x) AS NOT MATERIALIZED (SELECT 1) INSERT INTO songs SELECT * FROM a", "INSERT", "songs"},
      {"WITH a AS (SELECT 1) UPDATE songs SET x = 1", "UPDATE", "songs"},
      {"with a as (select 1) delete from songs where id in (select * from a)", "DELETE", "songs"},
      {"SELECT * FROM (WITH a AS (SELECT * FROM songs) SELECT * FROM a) b", "SELECT", "songs"},
      {"WITH a AS (INSERT INTO songs VALUES (1) RETURNING id) SELECT * FROM a", "SELECT", "songs"},
      {"WITH a AS (SELECT 1) SELECT * FROM main.a", "SELECT", "a"},
  });
}

TEST(ParseStatement, KnowsWhatOneDatabaseAloneSays) {
  ExpectOnBoth({
      {"INSERT OR REPLACE INTO songs VALUES (1)", "INSERT", "songs"},
      {"UPDATE OR IGNORE songs SET x = 1", "UPDATE", "songs"},
      {"REPLACE INTO songs VALUES (1)", "REPLACE", "songs"},
      {"EXPLAIN QUERY PLAN SELECT * FROM songs", "EXPLAIN", "songs"},
      {"EXPLAIN (ANALYZE, FORMAT json) SELECT * FROM songs", "EXPLAIN", "songs"},
      {"EXPLAIN ANALYZE VERBOSE DELETE FROM songs", "EXPLAIN", "songs"},
      {"COPY songs (id) FROM STDIN", "COPY", "songs"},
      {"COPY (SELECT * FROM songs) TO STDOUT", "COPY", "songs"},
      {"MERGE INTO songs USING plays ON true WHEN MATCHED THEN DO NOTHING", "MERGE", "songs"},
      {"LOCK TABLE ONLY songs IN EXCLUSIVE MODE", "LOCK", "songs"},
      {"VACUUM (FULL) songs", "VACUUM", "songs"},
      {"DECLARE c CURSOR FOR SELECT * FROM songs", "DECLARE", "songs"},
      {"TABLE songs", "SELECT", "songs"},
  });
}

TEST(ParseStatement, TakesTheFirstOfSeveralStatements) {
  ExpectOnBoth({
      {"BEGIN; INSERT INTO songs VALUES (1); COMMIT", "BEGIN", ""},
      {";; ; UPDATE songs SET x = 1; DELETE FROM plays", "UPDATE", "songs"},
      {"SELECT ';' FROM songs; SELECT 1", "SELECT", "songs"},
  });
  EXPECT_EQ(ParseStatement("BEGIN; INSERT INTO songs VALUES (1); COMMIT", Dialect::kSqlite).summary,
            "BEGIN INSERT songs COMMIT");
}

TEST(ParseStatement, NeverTakesALiteralForATable) {
  ExpectOnBoth({
      {"SELECT * FROM 'secret'", "SELECT", ""},
      {"INSERT INTO 'secret' VALUES (1)", "INSERT", ""},
      {"SELECT 'it''s FROM secret' FROM songs", "SELECT", "songs"},
      {"SELECT * FROM \"secret that does not end", "SELECT", ""},
      {"SELECT 'secret that does not end FROM songs", "SELECT", ""},
      {"UPDATE 123 SET x = 1", "UPDATE", ""},
      {"SELECT * FROM $1", "SELECT", ""},
  });
  Expect({"SELECT $tag$ FROM secret $tag$ FROM songs", "SELECT", "songs"}, Dialect::kPostgresql);
  Expect({"SELECT $$ FROM secret", "SELECT", ""}, Dialect::kPostgresql);
  Expect({"SELECT E'\\' FROM secret ' FROM songs", "SELECT", "songs"}, Dialect::kPostgresql);
  Expect({"SELECT * FROM `secret`", "SELECT", ""}, Dialect::kPostgresql);
}

TEST(ParseStatement, CallsWhatItDoesNotKnowOther) {
  ExpectOnBoth({
      {"", "OTHER", ""},
      {" \n\t ", "OTHER", ""},
      {";", "OTHER", ""},
      {"SELEKT * FROM songs", "OTHER", ""},
      {"hunter2", "OTHER", ""},
      {"\x01\xff\xfe)(*&^%", "OTHER", ""},
      {std::string("SELECT \0 FROM songs", 19), "SELECT", "songs"},
      {"SELECT FROM WHERE", "SELECT", ""},
      {"DELETE", "DELETE", ""},
      {"WITH", "SELECT", ""},
      {"EXPLAIN", "EXPLAIN", ""},
      {"CREATE", "CREATE", ""},
  });
}

TEST(ParseStatement, ReadsTheBeginningOfWhatIsVeryLong) {
  std::string values = "INSERT INTO songs VALUES (0)";
  for (int i = 0; i < 1'000'000; ++i) values += ", (1)";
  ExpectOnBoth({{values, "INSERT", "songs"},
                {"SELECT * FROM songs WHERE x = '" + std::string(5'000'000, 'x') + "'", "SELECT", "songs"},
                {"SELECT * FROM " + std::string(1'000, 'x'), "SELECT", std::string_view(values.assign(128, 'x'))}});
}

TEST(ParseStatement, TakesNoLongTimeForParenthesesWithoutEnd) {
  std::string nested;
  for (int i = 0; i < 10'000; ++i) nested += "SELECT * FROM (";
  const auto start = std::chrono::steady_clock::now();
  ExpectOnBoth({{nested, "SELECT", ""}, {std::string(100'000, '('), "SELECT", ""}});
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(ParseStatement, SurvivesAnyBytes) {
  const std::vector<std::string> parts{"SELECT ", "FROM ", "WITH ", "a AS ", "(",  ")",  "'", "\"",
                                       "[",       "$$",    "/*",    "*/",    "--", "\n", ";", ".",
                                       ",",       "x",     "1",     "E'",    "\\", "]",  "`", "\xff"};
  std::mt19937 random(7);
  for (int i = 0; i < 20'000; ++i) {
    std::string sql;
    for (int n = 0; n < 30; ++n) sql += parts[random() % parts.size()];
    for (const Dialect dialect : {Dialect::kSqlite, Dialect::kPostgresql}) {
      const Statement statement = ParseStatement(sql, dialect);
      EXPECT_LE(statement.summary.size(), 255U);
      EXPECT_LE(statement.table.size(), 128U);
    }
  }
}

}  // namespace
}  // namespace guildscope::database
