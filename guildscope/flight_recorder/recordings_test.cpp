#include "guildscope/flight_recorder/recordings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "guildscope/flight_recorder/file_names.hpp"
#include "guildscope/flight_recorder/flight_fixture.hpp"

namespace guildscope::flight {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using State = FoundRecording::State;

class RecordingsTest : public FlightFixture {
 protected:
  /// As a process leaves it that was killed.
  std::filesystem::path LeaveOne(const std::string& text) {
    const auto recorder = Start();
    recorder->LogRecorded("", Log(text), 1);
    recorder->LogRecorded("", Log("second"), 2);
    return recorder->file();
  }
  std::vector<State> States() const {
    std::vector<State> states;
    for (const auto& found : ListRecordings(options_.directory)) states.push_back(found.state);
    return states;
  }
};

TEST_F(RecordingsTest, AreNotTakenFromWhoLives) {
  const auto recorder = Start();
  recorder->LogRecorded("", Log("x"), 1);
  EXPECT_FALSE(ClaimedRecording::Claim(recorder->file()).has_value());
  EXPECT_THAT(States(), ElementsAre(State::kRunning));
}

TEST_F(RecordingsTest, AreTakenByOneAlone) {
  const auto file = LeaveOne("x");
  EXPECT_THAT(States(), ElementsAre(State::kWaiting));
  {
    const auto claimed = ClaimedRecording::Claim(file);
    ASSERT_TRUE(claimed.has_value());
    EXPECT_THAT(BodiesOf(claimed->recording().items), ElementsAre(Log("x"), Log("second")));
    EXPECT_FALSE(ClaimedRecording::Claim(file).has_value());
  }
  EXPECT_TRUE(ClaimedRecording::Claim(file).has_value());
}

TEST_F(RecordingsTest, RememberWhatWasDelivered) {
  const auto file = LeaveOne("x");
  {
    auto claimed = ClaimedRecording::Claim(file);
    claimed->MarkDelivered(claimed->recording().items[1]);
    claimed->MarkReported();
    EXPECT_TRUE(claimed->recording().items[1].delivered);
  }
  const auto claimed = ClaimedRecording::Claim(file);
  EXPECT_FALSE(claimed->recording().items[0].delivered);
  EXPECT_TRUE(claimed->recording().items[1].delivered);
  EXPECT_TRUE(claimed->recording().reported);
}

TEST_F(RecordingsTest, AreKeptForPeopleTheLastOne) {
  for (const char* text : {"first", "last"}) {
    const auto file = LeaveOne(text);
    ClaimedRecording::Claim(file)->Settle();
    EXPECT_FALSE(std::filesystem::exists(file));
    EXPECT_FALSE(ClaimedRecording::Claim(file).has_value());
  }
  EXPECT_THAT(RecordingFiles(options_.directory), IsEmpty());
  const auto found = ListRecordings(options_.directory);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].state, State::kExported);
  EXPECT_EQ(found[0].recording.items[0].body, Log("last"));
}

TEST_F(RecordingsTest, AreRemovedWhenTheySayNothing) {
  const auto file = Start()->file();
  ClaimedRecording::Claim(file)->Settle();
  EXPECT_THAT(ListRecordings(options_.directory), IsEmpty());
}

TEST_F(RecordingsTest, AreListedNewestFirstWithWhatCannotBeRead) {
  std::filesystem::create_directories(options_.directory);
  std::ofstream(options_.directory / "1-1.gsflight") << "foreign";
  std::ofstream(options_.directory / "notes.txt") << "somebody's";
  std::ofstream(options_.directory / (FileName(1, 2) + kUnfinished)) << "GSFLIGHT";
  LeaveOne("x");
  const auto found = ListRecordings(options_.directory);
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].state, State::kWaiting);
  EXPECT_EQ(found[1].state, State::kUnreadable);
  EXPECT_EQ(found[1].problem, "it is no recording");
  EXPECT_THROW((void)ClaimedRecording::Claim(options_.directory / "1-1.gsflight"), std::runtime_error);
}

TEST_F(RecordingsTest, ThatWereNeverFinishedAreRemoved) {
  const auto recorder = Start();
  const auto abandoned = options_.directory / (FileName(1, 2) + kUnfinished);
  const auto begun = options_.directory / (FileName(1, 3) + kUnfinished);
  const auto other = options_.directory / (std::string("notes.txt") + kUnfinished);
  std::ofstream(abandoned) << "GSFLIGHT";
  std::ofstream(other) << "somebody's";
  std::ofstream(begun).flush();
  RemoveUnfinished(options_.directory);
  EXPECT_FALSE(std::filesystem::exists(abandoned));
  EXPECT_TRUE(std::filesystem::exists(begun));
  EXPECT_TRUE(std::filesystem::exists(other));
  EXPECT_TRUE(std::filesystem::exists(recorder->file()));
}

TEST_F(RecordingsTest, AreNoneInADirectoryThatIsNotThere) {
  EXPECT_THAT(ListRecordings(options_.directory / "nowhere"), IsEmpty());
}

}  // namespace
}  // namespace guildscope::flight
