#include "guildscope/flight_recorder/recorder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "guildscope/flight_recorder/flight_fixture.hpp"

namespace guildscope::flight {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

using RecorderTest = FlightFixture;

TEST_F(RecorderTest, LeavesWhatWasRecordedInTheFile) {
  const auto recorder = Start();
  recorder->SpanStarted("scope", Span(1), 10);
  recorder->LogRecorded("logger", Log("hello"), 20);
  recorder->SpanEnded("scope", Span(1), 30);

  const Recording recording = ReadRecording(recorder->file());
  EXPECT_EQ(recording.pid, static_cast<std::uint32_t>(getpid()));
  EXPECT_EQ(recording.service_name, "bot");
  EXPECT_EQ(recording.instance_id, "one");
  EXPECT_EQ(recording.resource, "the resource");
  EXPECT_FALSE(recording.ended_cleanly);
  EXPECT_FALSE(recording.before_reboot);
  EXPECT_EQ(recording.torn_bytes, 0U);
  ASSERT_THAT(BodiesOf(recording.items), ElementsAre(Span(1), Log("hello"), Span(1)));
  EXPECT_EQ(recording.items[0].kind, Kind::kSpanStarted);
  EXPECT_EQ(recording.items[1].kind, Kind::kLog);
  EXPECT_EQ(recording.items[1].scope, "logger");
  EXPECT_EQ(recording.items[1].unix_nano, 20U);
  EXPECT_EQ(recording.items[1].thread, static_cast<std::uint32_t>(gettid()));
  EXPECT_EQ(recording.items[2].kind, Kind::kSpanEnded);
}

TEST_F(RecorderTest, KeepsTheNewestOfWhatDoesNotFit) {
  const auto recorder = Start();
  constexpr int kRecords = 20'000;
  for (int i = 0; i < kRecords; ++i) recorder->LogRecorded("", Log(std::string(i % 97, 'x') + std::to_string(i)), 1);
  const Recording recording = ReadRecording(recorder->file());
  ASSERT_GT(recording.items.size(), 1'000U);
  ASSERT_LT(recording.items.size(), kRecords);
  for (std::size_t i = 0; i < recording.items.size(); ++i) {
    ASSERT_THAT(recording.items[recording.items.size() - 1 - i].body,
                ::testing::EndsWith(std::to_string(kRecords - 1 - i)));
  }
  EXPECT_LT(recording.torn_bytes, 512U);  // of the one that was half overwritten
}

TEST_F(RecorderTest, WritesNoSecretIntoTheFile) {
  redactor_->AddSecret("s3cr3t-token");
  {
    const auto recorder = Start();
    recorder->LogRecorded("", Log("token s3cr3t-token"), 1);
    recorder->SpanStarted("", Span(1, "GET /webhooks/9/tok"), 2);
    clean_fails_ = true;
    recorder->SpanEnded("", Span(1, "with s3cr3t-token"), 3);
    EXPECT_EQ(recorder->not_cleaned(), 1U);
    const std::string file = ReadAll(recorder->file());
    EXPECT_THAT(file, HasSubstr("token ***"));
    EXPECT_THAT(file, HasSubstr("/webhooks/9/***"));
    EXPECT_THAT(file, Not(HasSubstr("s3cr3t-token")));
  }
}

TEST_F(RecorderTest, KnowsWhatACollectorHas) {
  const auto recorder = Start();
  redactor_->AddSecret("s3cr3t-token");
  const std::string logs[] = {Log("one"), Log("two"), Log("s3cr3t-token three")};
  for (std::uint64_t id : {1U, 2U, 3U}) {
    recorder->SpanStarted("", Span(id), 1);
    if (id != 3) recorder->SpanEnded("", Span(id), 2);
    recorder->LogRecorded("", logs[id - 1], 2);
  }
  const std::uint64_t keys[] = {Recorder::KeyOf(Kind::kSpanEnded, Span(1)), Recorder::KeyOf(Kind::kLog, logs[1]),
                                Recorder::KeyOf(Kind::kLog, logs[2])};
  recorder->Delivered(keys);
  const Recording recording = ReadRecording(recorder->file());
  std::vector<std::string> waiting;
  for (const auto& item : recording.items) {
    if (!item.delivered && (item.kind == Kind::kLog || item.kind == Kind::kSpanEnded)) waiting.push_back(item.body);
  }
  EXPECT_THAT(waiting, ElementsAre(Log("one"), Span(2)));
  EXPECT_THAT(recording.OpenSpans(), ElementsAre(&recording.items[6]));
}

TEST_F(RecorderTest, TellsAnyNumberOfDeliveries) {
  const auto recorder = Start();
  std::vector<std::uint64_t> keys(5'000);
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = i + 1;
  recorder->SpanEnded("", Span(1), 1);
  recorder->SpanEnded("", Span(5'000), 1);
  recorder->SpanEnded("", Span(5'001), 1);
  recorder->Delivered(keys);
  const Recording recording = ReadRecording(recorder->file());
  EXPECT_TRUE(recording.items[0].delivered);
  EXPECT_TRUE(recording.items[1].delivered);
  EXPECT_FALSE(recording.items[2].delivered);
}

TEST_F(RecorderTest, CountsWhatIsTooLargeAndDoesNotTakeItsSpanForOpen) {
  const auto recorder = Start();
  recorder->SpanStarted("", Span(1), 1);
  recorder->SpanEnded("", Span(1) + std::string(20'000, 'x'), 2);
  recorder->LogRecorded("", std::string(20'000, 'x'), 2);
  EXPECT_EQ(recorder->too_large(), 2U);
  const Recording recording = ReadRecording(recorder->file());
  EXPECT_THAT(recording.items, SizeIs(2));
  EXPECT_THAT(recording.OpenSpans(), IsEmpty());
}

// Threads that go round the ring while others write: a record is whole or is not there.
TEST_F(RecorderTest, HasOnlyWholeRecordsOfManyThreads) {
  const auto recorder = Start();
  std::atomic<int> running = 4;
  std::vector<std::thread> writers;
  for (char letter = 'a'; letter < 'e'; ++letter) {
    writers.emplace_back([&, letter] {
      for (std::size_t i = 0; i < 20'000; ++i) {
        recorder->LogRecorded(std::string(i % 30, letter), Log(std::string(i % 600, letter)), i);
      }
      --running;
    });
  }
  const auto check = [&] {
    const Recording recording = ReadRecording(recorder->file());
    for (const RecordedItem& item : recording.items) {
      EXPECT_EQ(item.body.size(), 1 + item.unix_nano % 600);
      EXPECT_EQ(item.scope.size(), item.unix_nano % 30);
      if (item.body.size() < 2) continue;
      EXPECT_EQ(item.body.find_first_not_of(item.body[1], 1), std::string::npos);
      EXPECT_EQ(item.scope.find_first_not_of(item.body[1]), std::string::npos);
    }
    return recording.items.size();
  };
  while (running > 0) check();
  for (std::thread& writer : writers) writer.join();
  EXPECT_GT(check(), 100U);
}

TEST_F(RecorderTest, RemovesItsFileWhenTheProcessEndsAsItShould) {
  auto recorder = Start();
  recorder->LogRecorded("", Log("x"), 1);
  const auto file = recorder->file();
  EXPECT_TRUE(std::filesystem::exists(file));
  recorder->EndCleanly();
  recorder->LogRecorded("", Log("later"), 1);
  recorder.reset();
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(RecorderTest, KeepsTheFileToItsOwner) {
  const auto recorder = Start();
  struct stat status{};
  ASSERT_EQ(stat(recorder->file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_EQ(static_cast<std::size_t>(status.st_size), options_.max_bytes);
  EXPECT_GE(static_cast<std::size_t>(status.st_blocks) * 512, options_.max_bytes)
      << "a full disk would end the process";
}

std::string WhyNot(const std::function<void()>& start) {
  try {
    start();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST_F(RecorderTest, SaysWhyItCannotStart) {
  const auto directory = options_.directory;
  std::filesystem::create_directories(directory);
  std::ofstream(directory / "file") << "x";
  options_.directory = directory / "file" / "below";
  EXPECT_THAT(WhyNot([&] { (void)Start(); }), HasSubstr("cannot make the directory '" + options_.directory.string()));
  options_.directory = "/proc/self/task";
  EXPECT_THAT(WhyNot([&] { (void)Start(); }), HasSubstr("cannot make the file '/proc/self/task/"));
  options_.directory = directory;
  options_.max_bytes = std::size_t{1} << 60;
  EXPECT_THAT(WhyNot([&] { (void)Start(); }), HasSubstr("no room for the file"));
  EXPECT_THAT(RecordingFiles(directory), IsEmpty());
}

}  // namespace
}  // namespace guildscope::flight
