#include "guildscope/export/reporter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "guildscope/export/collected_lines.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::exporting {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

class ReporterTest : public ::testing::Test {
 protected:
  void Lose(std::size_t items) { reporter_.Ended({.loss = Loss::kTimeout, .detail = "no answer"}, items); }
  void Deliver() { reporter_.Ended({}, 10); }

  guildscope::testing::FakeClock clock_;
  std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
  Reporter reporter_{Signal::kTraces, "http://c", logging::Logger(lines_), clock_};
};

TEST_F(ReporterTest, IsSilentWhileAllIsWell) {
  Deliver();
  Deliver();
  EXPECT_THAT(lines_->Take(), ElementsAre());
}

TEST_F(ReporterTest, TellsThatACollectorFailsOnceAndWhenItIsBack) {
  reporter_.Retrying("refused");
  reporter_.Retrying("refused");
  clock_.Advance(7s);
  Deliver();
  Deliver();
  EXPECT_THAT(lines_->Take(), ElementsAre("WARNING traces: http://c does not take spans, trying again: refused",
                                          "INFO traces: http://c takes spans again after 7 s; 0 were lost"));
}

TEST_F(ReporterTest, TellsOfLossesAtMostOnceAMinuteAndForgetsNone) {
  Lose(5);
  Lose(6);
  clock_.Advance(59s);
  Lose(7);
  EXPECT_THAT(lines_->Take(), ElementsAre("ERROR traces: 5 spans lost (timeout) on the way to http://c: no answer"));
  clock_.Advance(1s);
  Lose(8);
  EXPECT_THAT(lines_->Take(), ElementsAre("ERROR traces: 21 spans lost (timeout) on the way to http://c: no answer"));
  Deliver();
  EXPECT_THAT(lines_->Take(), ElementsAre("INFO traces: http://c takes spans again after 60 s; 26 were lost"));
}

TEST_F(ReporterTest, TellsWhatAPartialSuccessRejected) {
  reporter_.Ended({.loss = {}, .rejected = 3, .detail = "too old"}, 10);
  EXPECT_THAT(lines_->Take(), ElementsAre("ERROR traces: 3 spans lost (rejected) on the way to http://c: too old"));
}

}  // namespace
}  // namespace guildscope::exporting
