#include "apps/disruptor/music/audio/child_process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <system_error>
#include <thread>

#include "apps/disruptor/music/audio/audio_fixture.hpp"
#include "apps/disruptor/music/audio/program.hpp"

namespace disruptor::music {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using End = ChildResult::End;

ChildOptions Shell(const std::string& script) {
  return {.command = {"sh", "-c", script}, .environment = ChildEnvironment("/nowhere"), .grace = 30s};
}

ChildResult RunShell(const std::string& script) { return RunChild(Shell(script), {}); }

/// Whether a process of this number still runs; a zombie does not.
bool Runs(const std::string& pid) {
  const std::string status = ReadFile("/proc/" + pid + "/stat");
  return !status.empty() && status.find(") Z ") == std::string::npos;
}

TEST(ChildProcess, TellsOutputAndExitStatus) {
  const ChildResult good = RunShell("echo out; echo err >&2");
  EXPECT_TRUE(good.succeeded());
  EXPECT_EQ(good.output, "out\n");
  EXPECT_EQ(good.errors, "err\n");
  EXPECT_GT(good.pid, 1);
  const ChildResult bad = RunShell("exit 7");
  EXPECT_EQ(bad.end, End::kExited);
  EXPECT_EQ(bad.exit_status, 7);
  EXPECT_FALSE(bad.succeeded());
}

TEST(ChildProcess, PassesArgumentsAsTheyAre) {
  ChildOptions options = Shell("");
  options.command = {"printf", "%s|", "a b", "$(id)", "; rm -rf x", "--", "\"'"};
  EXPECT_EQ(RunChild(options, {}).output, "a b|$(id)|; rm -rf x|--|\"'|");
}

TEST(ChildProcess, ThrowsWhenThereIsNoSuchProgram) {
  ChildOptions options = Shell("");
  for (const std::string program : {"no-such-program-anywhere", "/nowhere/at/all", "/etc/passwd", "/tmp", ""}) {
    options.command = {program};
    try {
      (void)RunChild(options, {});
      ADD_FAILURE() << program;
    } catch (const std::system_error& error) {
      EXPECT_EQ(error.code(), std::errc::no_such_file_or_directory) << program;
    }
  }
  options.command = {"true"};
  options.directory = "/nowhere/at/all";
  EXPECT_THROW((void)RunChild(options, {}), std::system_error);
}

TEST(ChildProcess, SaysThatASignalEndedIt) {
  const ChildResult result = RunShell("echo before; kill -SEGV $$");
  EXPECT_EQ(result.end, End::kSignalled);
  EXPECT_EQ(result.signal, SIGSEGV);
  EXPECT_EQ(result.exit_status, -1);
  EXPECT_EQ(result.output, "before\n");
}

TEST(ChildProcess, EndsAHangingProgramAtTheTimeLimit) {
  ChildOptions options = Shell("echo started; exec sleep 1000");
  options.time_limit = 200ms;
  const auto begun = std::chrono::steady_clock::now();
  const ChildResult result = RunChild(options, {});
  EXPECT_EQ(result.end, End::kTimeLimit);
  EXPECT_EQ(result.signal, SIGTERM);
  EXPECT_EQ(result.output, "started\n");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 200ms);
}

TEST(ChildProcess, KillsAProgramThatIgnoresSigterm) {
  ChildOptions options = Shell("trap '' TERM; echo deaf; while :; do sleep 1000; done");
  options.time_limit = 300ms;
  options.grace = 200ms;
  const ChildResult result = RunChild(options, {});
  EXPECT_EQ(result.end, End::kTimeLimit);
  EXPECT_EQ(result.signal, SIGKILL);
  EXPECT_FALSE(Runs(std::to_string(result.pid)));
}

TEST(ChildProcess, StopsWhenAsked) {
  std::stop_source stop;
  ScratchFolder folder;
  const std::filesystem::path started = folder.path() / "started";
  ChildResult result;
  std::jthread thread(
      [&] { result = RunChild(Shell("touch " + started.string() + "; exec sleep 1000"), stop.get_token()); });
  ASSERT_TRUE(Becomes([&] { return std::filesystem::exists(started); }));
  stop.request_stop();
  thread.join();
  EXPECT_EQ(result.end, End::kStopped);
  EXPECT_EQ(RunChild(Shell("exec sleep 1000"), stop.get_token()).end, End::kStopped);
}

TEST(ChildProcess, LeavesNoGrandchildren) {
  // They hold the pipes open, ignore SIGTERM, and would live on.
  const ChildResult result = RunShell("(trap '' TERM; sleep 1000 & echo $!; wait) & echo $!; exit 3");
  EXPECT_EQ(result.exit_status, 3);
  const std::string child = result.output.substr(0, result.output.find('\n'));
  EXPECT_TRUE(Becomes([&] { return !Runs(child); })) << result.output;

  ChildOptions options = Shell("(trap '' TERM; sleep 1000 & echo $!; wait) & wait");
  options.time_limit = 500ms;
  const ChildResult limited = RunChild(options, {});
  EXPECT_EQ(limited.end, End::kTimeLimit);
  const std::string grandchild = limited.output.substr(0, limited.output.find('\n'));
  ASSERT_NE(grandchild, "");
  EXPECT_TRUE(Becomes([&] { return !Runs(grandchild); }));
}

TEST(ChildProcess, KeepsTheEndOfAFlood) {
  ChildOptions options = Shell("yes | head -c 3000000; yes n | head -c 3000000 >&2; echo last; echo end >&2");
  options.kept_output = 1'000;
  const ChildResult result = RunChild(options, {});
  EXPECT_TRUE(result.succeeded());
  EXPECT_EQ(result.output.size(), 1'000U);
  EXPECT_TRUE(result.output.ends_with("y\nlast\n"));
  EXPECT_EQ(result.errors.size(), 1'000U);
  EXPECT_TRUE(result.errors.ends_with("n\nend\n"));
}

TEST(ChildProcess, EndsAFloodThatDoesNotEnd) {
  ChildOptions options = Shell("exec yes");
  options.max_output = 1'000'000;
  const ChildResult result = RunChild(options, {});
  EXPECT_EQ(result.end, End::kTooMuchOutput);
  EXPECT_LE(result.output.size(), options.kept_output);
}

TEST(ChildProcess, GivesNothingOfOursAway) {
  ASSERT_EQ(setenv("DISCORD_TOKEN", "very-secret", 1), 0);
  ASSERT_EQ(setenv("https_proxy", "http://proxy.example:3128", 1), 0);
  const int open_file = open("/etc/passwd", O_RDONLY);  // NOLINT: without CLOEXEC, on purpose
  std::signal(SIGPIPE, SIG_IGN);
  const ChildResult result = RunShell(
      "env; echo fds: /proc/self/fd/*; cat; grep Sig /proc/self/status; umask; "
      "readlink /proc/self/fd/0");
  std::signal(SIGPIPE, SIG_DFL);
  close(open_file);
  unsetenv("DISCORD_TOKEN");
  unsetenv("https_proxy");
  EXPECT_THAT(result.output, Not(HasSubstr("very-secret")));
  EXPECT_THAT(result.output, HasSubstr("https_proxy=http://proxy.example:3128"));
  EXPECT_THAT(result.output, HasSubstr("HOME=/nowhere\n"));
  EXPECT_THAT(result.output, HasSubstr("fds: /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2"));
  EXPECT_THAT(result.output, Not(HasSubstr("/proc/self/fd/" + std::to_string(open_file) + " ")));
  EXPECT_THAT(result.output, HasSubstr("SigBlk:\t0000000000000000"));
  EXPECT_THAT(result.output, HasSubstr("SigIgn:\t0000000000000000"));
  EXPECT_THAT(result.output, HasSubstr("0077\n"));
  EXPECT_THAT(result.output, HasSubstr("/dev/null\n"));
}

TEST(ChildProcess, KeepsToItsLimits) {
  ScratchFolder folder;
  ChildOptions options = Shell("head -c 5000 /dev/zero > big");
  options.directory = folder.path();
  options.max_file_bytes = 4'000;
  EXPECT_FALSE(RunChild(options, {}).succeeded());
  EXPECT_EQ(std::filesystem::file_size(folder.path() / "big"), 4'000U);

  options = Shell("while :; do :; done");
  options.max_cpu_time = 1s;
  const ChildResult busy = RunChild(options, {});
  EXPECT_EQ(busy.end, End::kSignalled);
  EXPECT_THAT(busy.signal, testing::AnyOf(SIGXCPU, SIGKILL));

  options = Shell("exec python3 -c 'x = bytearray(500000000)'");
  options.max_memory_bytes = 100'000'000;
  const ChildResult large = RunChild(options, {});
  EXPECT_FALSE(large.succeeded());
  EXPECT_THAT(large.errors, HasSubstr("MemoryError"));
}

TEST(ChildProcess, WorksFromManyThreadsAtOnce) {
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&good, i] {
        for (int round = 0; round < 5; ++round) {
          const std::string number = std::to_string(i * 100 + round);
          const ChildResult result = RunShell("echo " + number + "; exit " + std::to_string(i));
          if (result.exit_status == i && result.output == number + "\n") ++good;
        }
      });
    }
  }
  EXPECT_EQ(good, 40);
}

TEST(ChildProcess, DiesWithTheProcessThatStartedIt) {
  const ScratchFolder folder;
  const std::string file = folder.path() / "pid";
  const pid_t bot = fork();
  if (bot == 0) {
    (void)RunShell("echo $$ > " + file + ".new; mv " + file + ".new " + file + "; exec sleep 1000");
    _exit(0);
  }
  ASSERT_TRUE(Becomes([&] { return std::filesystem::exists(file); }));
  std::string pid = ReadFile(file);
  pid.pop_back();
  ASSERT_TRUE(Runs(pid));
  kill(bot, SIGKILL);
  waitpid(bot, nullptr, 0);
  EXPECT_TRUE(Becomes([&] { return !Runs(pid); }));
}

TEST(ChildProcess, LeavesNoDescriptorsAndNoZombies) {
  const auto descriptors = [] {
    int count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
    return count;
  };
  const int before = descriptors();
  for (int i = 0; i < 5; ++i) {
    ChildOptions options = Shell(i % 2 == 0 ? "exit 1" : "exec sleep 1000");
    options.time_limit = 50ms;
    (void)RunChild(options, {});
    options.command = {"no-such-program-anywhere"};
    EXPECT_THROW((void)RunChild(options, {}), std::system_error);
    options.command = {"true"};
    options.directory = "/nowhere/at/all";
    EXPECT_THROW((void)RunChild(options, {}), std::system_error);
  }
  EXPECT_EQ(descriptors(), before);
  EXPECT_EQ(ReadFile("/proc/self/task/" + std::to_string(gettid()) + "/children"), "");
}

TEST(FindProgram, LooksInPathAndSaysWhatCannotRun) {
  EXPECT_TRUE(FindProgram("sh"));
  EXPECT_EQ(FindProgram("/bin/sh"), "/bin/sh");
  EXPECT_FALSE(FindProgram("no-such-program-anywhere"));
  EXPECT_FALSE(FindProgram("/etc/passwd"));
  EXPECT_FALSE(FindProgram(""));
}

}  // namespace
}  // namespace disruptor::music
