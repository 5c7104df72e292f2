#include "guildscope/flight_recorder/crash_handler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <functional>
#include <thread>

#include "guildscope/flight_recorder/flight_fixture.hpp"

// A sanitizer's own handlers were there first and have their turn after ours: how the process ends is theirs.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GUILDSCOPE_SANITIZED 1
#else
#define GUILDSCOPE_SANITIZED 0
#endif

namespace guildscope::flight {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class CrashHandlerTest : public FlightFixture {
 protected:
  CrashHandlerTest() { options_.crash_handler = true; }

  /// What a process leaves that does this while it records.
  Recording RecordingOf(const std::function<void()>& act, int expected_signal) {
    const pid_t child = fork();
    if (child == 0) {
      const auto recorder = Start();
      recorder->LogRecorded("", Log("the last word"), 1);
      act();
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(GUILDSCOPE_SANITIZED || WTERMSIG(status) == expected_signal) << status;
    const auto files = RecordingFiles(options_.directory);
    if (files.size() != 1) throw std::runtime_error("no recording");
    Recording recording = ReadRecording(files.front());
    EXPECT_EQ(recording.pid, static_cast<std::uint32_t>(child));
    EXPECT_THAT(BodiesOf(recording.items), Contains(Log("the last word")));
    return recording;
  }
};

__attribute__((noinline)) void WriteTo(volatile int* nowhere) { *nowhere = 1; }

TEST_F(CrashHandlerTest, SaysWhichSignalAndWhere) {
  const Recording recording = RecordingOf([] { WriteTo(reinterpret_cast<int*>(0x18)); }, SIGSEGV);
  ASSERT_TRUE(recording.crash.has_value());
  EXPECT_EQ(ToString(*recording.crash), "SIGSEGV at 0x18");
  EXPECT_EQ(recording.crash->thread, recording.pid);
  ASSERT_FALSE(recording.crash->frames.empty());
  EXPECT_THAT(recording.crash->frames[0], HasSubstr("guildscope_flight_recorder_test+0x"));
  EXPECT_GT(recording.LastUnixNano(), recording.created_unix_nano);
}

TEST_F(CrashHandlerTest, SeesAnAbort) {
  const Recording recording = RecordingOf([] { std::abort(); }, SIGABRT);
  ASSERT_TRUE(recording.crash.has_value());
  EXPECT_EQ(ToString(*recording.crash), "SIGABRT");
}

TEST_F(CrashHandlerTest, SeesNothingOfAKill) {
  EXPECT_FALSE(RecordingOf([] { kill(getpid(), SIGKILL); }, SIGKILL).crash.has_value());
}

int Recurse(int depth) {
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  return depth < 0 ? 0 : Recurse(depth + 1) + room[0];
}

TEST_F(CrashHandlerTest, SeesTheEndOfTheStackOfAnyThreadThatRecords) {
  if (GUILDSCOPE_SANITIZED) GTEST_SKIP() << "a sanitizer gives threads a stack for signals of its own";
  const auto act = [this] {
    std::thread([this] {
      // Whose stack for signals comes with its first record.
      options_.directory /= "of the thread";
      Start()->LogRecorded("", Log("x"), 1);
      Recurse(0);
    }).join();
  };
  const Recording recording = RecordingOf(act, SIGSEGV);
  ASSERT_TRUE(recording.crash.has_value());
  EXPECT_NE(recording.crash->thread, recording.pid);
  EXPECT_GT(recording.crash->frames.size(), 50U) << "the deepest calls, without the handler's own";
}

void SayIt(int) {
  const char text[] = "the handler before\n";
  if (write(STDERR_FILENO, text, sizeof text - 1) > 0) _exit(42);
}

TEST_F(CrashHandlerTest, LetsTheHandlerBeforeHaveItsTurn) {
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGSEGV, SayIt);
    const auto recorder = Start();
    WriteTo(reinterpret_cast<int*>(0x18));
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_TRUE(ReadRecording(RecordingFiles(options_.directory).front()).crash.has_value());
}

TEST_F(CrashHandlerTest, GivesTheSignalsBack) {
  struct sigaction before{};
  struct sigaction during{};
  struct sigaction after{};
  sigaction(SIGSEGV, nullptr, &before);
  {
    const auto recorder = Start();
    sigaction(SIGSEGV, nullptr, &during);
  }
  sigaction(SIGSEGV, nullptr, &after);
  EXPECT_NE(before.sa_handler, during.sa_handler);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

// What a child does that was forked is not the end of its parent.
TEST_F(CrashHandlerTest, LeavesAParentsRecordingAlone) {
  const auto recorder = Start();
  const pid_t child = fork();
  if (child == 0) {
    recorder->EndCleanly();
    WriteTo(reinterpret_cast<int*>(0x18));
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_NE(status, 0);
  const Recording recording = ReadRecording(recorder->file());
  EXPECT_FALSE(recording.crash.has_value());
  EXPECT_FALSE(recording.ended_cleanly);
}

}  // namespace
}  // namespace guildscope::flight
