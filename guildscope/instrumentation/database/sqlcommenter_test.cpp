#include "guildscope/instrumentation/database/sqlcommenter.hpp"

#include <gtest/gtest.h>

namespace guildscope::database {
namespace {

std::string Commented(std::string_view sql) { return WithComment(sql, Dialect::kPostgresql, {{"route", "interval"}}); }

TEST(WithComment, SortsKeysAndEncodesThemAndTheirValues) {
  EXPECT_EQ(WithComment("SELECT 1", Dialect::kPostgresql,
                        {{"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
                         {"route", "a b/c'd*/;ü"},
                         {"a key", "x"},
                         {"empty", ""}}),
            "SELECT 1 /*a%20key='x',route='a%20b%2Fc%27d%2A%2F%3B%C3%BC',"
            "traceparent='00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'*/");
}

TEST(WithComment, StandsBehindTheStatementAndBeforeTheSemicolon) {
  EXPECT_EQ(Commented("SELECT 1;"), "SELECT 1 /*route='interval'*/;");
  EXPECT_EQ(Commented("SELECT 1 ; \n"), "SELECT 1 /*route='interval'*/ ; \n");
  EXPECT_EQ(Commented("SELECT ';'"), "SELECT ';' /*route='interval'*/");
  EXPECT_EQ(Commented("BEGIN; SELECT 1; COMMIT;"), "BEGIN; SELECT 1; COMMIT /*route='interval'*/;");
  EXPECT_EQ(Commented("SELECT $$;$$;"), "SELECT $$;$$ /*route='interval'*/;");
}

TEST(WithComment, LeavesATextAloneThatHasACommentOrIsNoStatement) {
  for (const std::string sql : {"SELECT 1 /* mine */", "/*+ hint */ SELECT 1", "SELECT 1 -- mine", "", " ;; ",
                                "SELECT 'x", "SELECT \"x", "SELECT $$x", "SELECT 1 /* x"}) {
    EXPECT_EQ(Commented(sql), "") << sql;
  }
  EXPECT_EQ(Commented("SELECT '" + std::string(70'000, 'x') + "'"), "");
  EXPECT_NE(Commented("SELECT '/* no comment */ --'"), "");
  EXPECT_EQ(WithComment("SELECT 1", Dialect::kPostgresql, {{"route", ""}}), "");
}

}  // namespace
}  // namespace guildscope::database
