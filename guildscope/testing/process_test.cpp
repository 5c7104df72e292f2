#include "guildscope/testing/process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>

namespace guildscope::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::HasSubstr;

TEST(Process, KeepsBothStreamsAndTheExitStatus) {
  Process process({.command = {"sh", "-c", "echo out; echo err >&2; exit 7"}});
  EXPECT_EQ(process.Wait(30s), (ProcessEnd{.exit_status = 7}));
  EXPECT_EQ(process.Output(), "out\n");
  EXPECT_EQ(process.Errors(), "err\n");
}

TEST(Process, FindsTheEventAmongOtherLines) {
  Process process(
      {.command = {"sh", "-c", R"(echo hello; echo '{"event":"other"}'; echo '{"event":"listening","port":7}')"}});
  EXPECT_EQ(process.WaitForEvent("listening", 30s)["port"], 7);
}

TEST(Process, SaysWhatWasPrintedWhenTheEventDoesNotCome) {
  Process process({.command = {"sh", "-c", "echo out; echo reason >&2"}});
  try {
    (void)process.WaitForEvent("listening", 30s);
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("'listening' before it ended"));
    EXPECT_THAT(error.what(), HasSubstr("reason"));
  }
}

TEST(Process, ReportsTheSignalThatEndedIt) {
  Process process({.command = {"sleep", "1000"}});
  EXPECT_EQ(process.Wait(1ms), std::nullopt);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(30s), (ProcessEnd{.exit_status = -1, .signal = SIGTERM}));
}

TEST(Process, ChangesAndRemovesVariables) {
  setenv("GUILDSCOPE_PROCESS_TEST", "inherited", 1);
  Process process({.command = {"sh", "-c", "echo \"$ONE:${GUILDSCOPE_PROCESS_TEST-removed}\""},
                   .environment = {{"ONE", "1"}, {"GUILDSCOPE_PROCESS_TEST", ""}}});
  ASSERT_TRUE(process.Wait(30s));
  EXPECT_EQ(process.Output(), "1:removed\n");
}

TEST(Process, InheritsNoFileThatTheCallerHasOpen) {
  const int file = open("/dev/null", O_RDONLY);  // NOLINT(cppcoreguidelines-pro-type-vararg)
  Process process({.command = {"sh", "-c", "test -e /proc/$$/fd/" + std::to_string(file)}});
  EXPECT_EQ(process.Wait(30s), (ProcessEnd{.exit_status = 1}));
  close(file);
}

TEST(Process, ThrowsWithTheNameOfAProgramThatIsNotThere) {
  try {
    const Process process({.command = {"/nowhere/program"}});
    FAIL() << "no exception";
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ENOENT);
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/program"));
  }
}

TEST(Process, KillsWhatTheChildLeftBehind) {
  pid_t orphan = 0;
  {
    Process process({.command = {"sh", "-c", R"(sleep 1000 & echo "{\"event\":\"started\",\"pid\":$!}"; wait)"}});
    orphan = process.WaitForEvent("started", 30s)["pid"];
    ASSERT_EQ(kill(orphan, 0), 0);
  }
  // Dead, and reaped or about to be.
  const auto state = [orphan] {
    std::ifstream file("/proc/" + std::to_string(orphan) + "/stat");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t name_end = text.rfind(") ");
    return name_end == std::string::npos ? 'X' : text[name_end + 2];
  };
  // The signal is there; dying takes the kernel a moment.
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (state() != 'X' && state() != 'Z' && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_THAT(state(), AnyOf('X', 'Z'));
}

TEST(Process, WaitsForAText) {
  Process process({.command = {"sh", "-c", "echo first; echo second >&2; exec sleep 1000"}});
  EXPECT_TRUE(process.WaitForText("second", 30s));
  EXPECT_FALSE(process.WaitForText("third", 1ms));
}

}  // namespace
}  // namespace guildscope::testing
