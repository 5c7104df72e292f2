#include "guildscope/export/spooling.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "guildscope/export/collected_lines.hpp"
#include "guildscope/export/reporter.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::exporting {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class SpoolReporterTest : public ::testing::Test {
 protected:
  SpoolReporterTest() {
    stats_.max_bytes = 1'000;
    stats_.lanes.resize(kSpooledSignals.size());
  }
  void Fail(const std::string& problem) {
    stats_.problem = problem;
    ++stats_.write_errors;
    reporter_.Look(stats_);
  }

  guildscope::testing::FakeClock clock_;
  spool::SpoolStats stats_;
  std::shared_ptr<Lines> lines_ = std::make_shared<Lines>();
  SpoolReporter reporter_{"/spool", logging::Logger(lines_), clock_};
};

TEST_F(SpoolReporterTest, IsSilentWhileAllIsWell) {
  reporter_.Look(stats_);
  stats_.bytes = 999;
  reporter_.Look(stats_);
  EXPECT_THAT(lines_->Take(), IsEmpty());
}

TEST_F(SpoolReporterTest, TellsOfABrokenDiskOnceAMinuteAndWhenItIsWell) {
  Fail("cannot write to it: No space left on device");
  Fail("cannot write to it: No space left on device");
  EXPECT_THAT(lines_->Take(), ElementsAre("ERROR the spool /spool cannot write to it: No space left on device; "
                                          "1 failures; what no collector takes may be lost"));
  clock_.Advance(1min);
  Fail("is used by another process, 42");
  EXPECT_THAT(lines_->Take(), ElementsAre("ERROR the spool /spool is used by another process, 42; 2 failures; what no "
                                          "collector takes may be lost"));
  stats_.problem.clear();
  reporter_.Look(stats_);
  reporter_.Look(stats_);
  EXPECT_THAT(lines_->Take(), ElementsAre("INFO the spool /spool can be written again"));
}

TEST_F(SpoolReporterTest, TellsWhatMadeRoomOnceAMinuteAndForgetsNone) {
  auto& logs = stats_.lanes[LaneOf(Signal::kLogs)];
  logs.lost_items[0] = 5;
  reporter_.Look(stats_);
  logs.lost_items[0] = 9;
  logs.lost_items[1] = 2;
  reporter_.Look(stats_);
  EXPECT_THAT(lines_->Take(), ElementsAre("ERROR the spool /spool lost 5 log records: 5 at its limit of 1000 bytes and "
                                          "0 damaged in this run"));
  clock_.Advance(1min);
  reporter_.Look(stats_);
  EXPECT_THAT(lines_->Take(), ElementsAre("ERROR the spool /spool lost 6 log records: 9 at its limit of 1000 bytes and "
                                          "2 damaged in this run"));
}

TEST_F(SpoolReporterTest, SaysOfACollectorThatFailsThatItsItemsAreKept) {
  Reporter reporter(Signal::kTraces, "http://c", logging::Logger(lines_), clock_, true);
  reporter.Ended({.loss = {}, .rejected = 0, .detail = "", .spooled = true}, 3);  // slow, or behind others
  EXPECT_THAT(lines_->Take(), IsEmpty());
  reporter.Ended({.loss = {}, .rejected = 0, .detail = "refused", .spooled = true}, 3);
  reporter.Retrying("refused");
  EXPECT_THAT(lines_->Take(),
              ElementsAre("WARNING traces: http://c does not take spans, keeping them on disk: refused"));
  clock_.Advance(7s);
  reporter.Ended({}, 3);
  EXPECT_THAT(lines_->Take(), ElementsAre("INFO traces: http://c takes spans again after 7 s; 0 were lost"));
}

}  // namespace
}  // namespace guildscope::exporting
