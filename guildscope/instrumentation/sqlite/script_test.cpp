#include "guildscope/instrumentation/sqlite/script.hpp"

#include <gmock/gmock.h>

namespace guildscope::sqlite {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SplitScript, EndsAStatementAtItsSemicolon) {
  EXPECT_THAT(SplitScript("SELECT 1"), ElementsAre("SELECT 1"));
  EXPECT_THAT(SplitScript("SELECT 1; "), ElementsAre("SELECT 1;"));
  EXPECT_THAT(SplitScript("A; B;C"), ElementsAre("A;", " B;", "C"));
  EXPECT_THAT(SplitScript("A;; ;B"), ElementsAre("A;", "B"));
}

TEST(SplitScript, IsNotMisledByQuotesAndComments) {
  EXPECT_THAT(SplitScript("SELECT ';' \";\" `;` [;] /* ; */ -- ;\n; B"),
              ElementsAre("SELECT ';' \";\" `;` [;] /* ; */ -- ;\n;", " B"));
  EXPECT_THAT(SplitScript("-- a; b\n"), IsEmpty());
  EXPECT_THAT(SplitScript(" /* a; b */ ; "), IsEmpty());
  EXPECT_THAT(SplitScript(""), IsEmpty());
  EXPECT_THAT(SplitScript("A; SELECT 'open; B; C"), ElementsAre("A;", " SELECT 'open; B; C"));
}

TEST(SplitScript, KeepsATriggerWhole) {
  const std::string trigger = "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN UPDATE b SET x = 1; DELETE FROM c; END;";
  EXPECT_THAT(SplitScript(trigger + "SELECT 1;"), ElementsAre(trigger, "SELECT 1;"));
  EXPECT_THAT(SplitScript("DROP TRIGGER t; SELECT 1"), ElementsAre("DROP TRIGGER t;", " SELECT 1"));
}

}  // namespace
}  // namespace guildscope::sqlite
