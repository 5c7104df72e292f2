#include "tests/support/agreement.hpp"

#include <gmock/gmock.h>

namespace guildscope::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::function<bool(const std::string&)> kNothingMoves = [](const std::string&) { return false; };
const std::function<bool(const std::string&)> kAllMoves = [](const std::string&) { return true; };

std::vector<std::string> Disagreements(const std::vector<Sample>& before, const std::vector<Sample>& between,
                                       const std::vector<Sample>& after, bool moves = false) {
  return Compare(before, between, after, moves ? kAllMoves : kNothingMoves).disagreements;
}

TEST(Agreement, IsAboutNamesLabelsAndValues) {
  const std::vector<Sample> road{{"a_total", {{"x", "1"}}, 3}, {"b", {}, 4}};
  EXPECT_EQ(Compare(road, road, road, kNothingMoves).equal, 2U);
  EXPECT_THAT(Disagreements(road, road, road), IsEmpty());
  EXPECT_THAT(Disagreements(road, {road[0]}, road), ElementsAre(HasSubstr("b{}: 4, then on the other road nothing")));
  EXPECT_THAT(Disagreements({road[0]}, road, {road[0]}), ElementsAre(StartsWith("b{}: nothing")));
  EXPECT_THAT(Disagreements(road, {road[0], {"b", {}, 5}}, road), ElementsAre(StartsWith("b{}: 4")));
  EXPECT_THAT(Disagreements(road, {{"a_total", {{"x", "2"}}, 3}, road[1]}, road),
              ElementsAre(StartsWith(R"(a_total{x="1"}: 3)"), StartsWith(R"(a_total{x="2"}: nothing)")));
}

TEST(Agreement, WantsWhatStandsStillToBeTheSameAllThreeTimes) {
  EXPECT_THAT(Disagreements({{"a_total", {}, 1}}, {{"a_total", {}, 1}}, {{"a_total", {}, 2}}),
              ElementsAre(HasSubstr("2")));
}

TEST(Agreement, PassesOverTheLastDigitAndHowBoundsAreWritten) {
  EXPECT_THAT(
      Disagreements({{"a", {{"le", "1.0"}}, 0.1}}, {{"a", {{"le", "1"}}, 0.1 + 1e-15}}, {{"a", {{"le", "1"}}, 0.1}}),
      IsEmpty());
  EXPECT_THAT(Disagreements({{"a", {}, 0.1}}, {{"a", {}, 0.10001}}, {{"a", {}, 0.1}}),
              ElementsAre(HasSubstr("0.1000")));
}

TEST(Agreement, HoldsCountersThatMoveToWhatWasSaidBeforeAndAfter) {
  const auto moving = [](const char* name, double before, double between, double after) {
    return Disagreements({{name, {}, before}}, {{name, {}, between}}, {{name, {}, after}}, /*moves=*/true);
  };
  EXPECT_THAT(moving("a_total", 1, 2, 3), IsEmpty());
  EXPECT_THAT(moving("a_total", 1, 4, 3), ElementsAre(HasSubstr("4")));
  EXPECT_THAT(moving("a_total", 2, 1, 3), ElementsAre(HasSubstr("1")));
  EXPECT_THAT(moving("a", 1, 4, 3), IsEmpty());
  EXPECT_THAT(Disagreements({{"a", {}, 1}}, {}, {{"a", {}, 1}}, /*moves=*/true), ElementsAre(HasSubstr("nothing")));
  EXPECT_THAT(Disagreements({}, {{"a", {}, 1}}, {}, /*moves=*/true), ElementsAre(StartsWith("a{}: nothing")));
}

}  // namespace
}  // namespace guildscope::testing
