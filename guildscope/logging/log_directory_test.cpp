#include "guildscope/logging/log_directory.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::logging {
namespace {

using ::testing::HasSubstr;

class LogDirectoryTest : public ::testing::Test {
 protected:
  LogDirectoryTest() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ =
        std::filesystem::path(::testing::TempDir()) / ("guildscope_logs_" + std::to_string(getpid()) + test->name());
  }
  ~LogDirectoryTest() override { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string Text(const std::string& name) const {
    std::ifstream file(path_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path path_;
  testing::FakeClock clock_;
};

TEST(LogFileName, KeepsWhatIsSafe) {
  EXPECT_EQ(LogFileName("music"), "music.log");
  EXPECT_EQ(LogFileName("music.player-2_x"), "music.player-2_x.log");
  EXPECT_EQ(LogFileName("../../etc/passwd"), "_.._.._etc_passwd.log");
  EXPECT_EQ(LogFileName(""), "_.log");
  EXPECT_EQ(LogFileName("a b\n"), "a_b_.log");
  EXPECT_LT(LogFileName(std::string(1'000, 'x')).size(), 240U);
}

TEST(LogFileName, IsNeverThatOfARotatedFile) { EXPECT_EQ(LogFileName("music.1"), "music_1.log"); }

TEST_F(LogDirectoryTest, IsMadeWithItsParents) {
  LogDirectory directory((path_ / "a" / "b").string(), 5, 4'096, clock_);
  directory.FileOf("music")->Write("hello");
  EXPECT_EQ(Text("a/b/music.log"), "hello\n");
}

TEST_F(LogDirectoryTest, RotatesWithoutLosingALine) {
  LogDirectory directory(path_.string(), 4, 4'096, clock_);
  std::string all;
  for (int i = 0; i < 150; ++i) {
    const std::string line = "line " + std::to_string(i) + " " + std::string(80, 'x');
    directory.FileOf("music")->Write(line);
    all += line + "\n";
  }
  EXPECT_EQ(Text("music.3.log") + Text("music.2.log") + Text("music.1.log") + Text("music.log"), all);
  EXPECT_FALSE(std::filesystem::exists(path_ / "music.4.log"));
  EXPECT_LE(std::filesystem::file_size(path_ / "music.1.log"), 4'096U);
}

TEST_F(LogDirectoryTest, KeepsNoMoreFilesThanItMay) {
  LogDirectory directory(path_.string(), 2, 4'096, clock_);
  for (int i = 0; i < 1'000; ++i) directory.FileOf("music")->Write(std::string(100, 'x'));
  EXPECT_TRUE(std::filesystem::exists(path_ / "music.1.log"));
  EXPECT_FALSE(std::filesystem::exists(path_ / "music.2.log"));
}

TEST_F(LogDirectoryTest, GoesOnAfterARestart) {
  {
    LogDirectory(path_.string(), 5, 4'096, clock_).FileOf("music")->Write("one");
  }
  LogDirectory(path_.string(), 5, 4'096, clock_).FileOf("music")->Write("two");
  EXPECT_EQ(Text("music.log"), "one\ntwo\n");
}

TEST_F(LogDirectoryTest, BelongsToOneProcess) {
  std::filesystem::create_directories(path_);
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const LogDirectory directory(path_.string(), 5, 4'096, clock_);
    if (write(ready[1], "x", 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  try {
    const LogDirectory second(path_.string(), 5, 4'096, clock_);
    ADD_FAILURE() << "a second owner";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("log directory '" + path_.string() + "' is in use by process " +
                                        std::to_string(child) + "; give each its own"));
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_NO_THROW(LogDirectory(path_.string(), 5, 4'096, clock_)) << "a killed owner leaves nothing behind";
  close(ready[0]);
  close(ready[1]);
}

TEST_F(LogDirectoryTest, ThatCannotBeMadeIsNamedWithTheReason) {
  std::ofstream(path_) << "a file";
  try {
    const LogDirectory directory((path_ / "logs").string(), 5, 4'096, clock_);
    ADD_FAILURE() << "made inside a file";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("'" + (path_ / "logs").string() + "' cannot be made: "));
  }
}

TEST_F(LogDirectoryTest, BeginsAgainAfterAFailure) {
  LogDirectory directory(path_.string(), 5, 4'096, clock_);
  const auto file = directory.FileOf("music");
  std::filesystem::create_directories(path_ / "music.log");  // in the file's place
  EXPECT_ANY_THROW(file->Write("lost"));
  std::filesystem::remove_all(path_ / "music.log");
  EXPECT_ANY_THROW(file->Write("lost too, since it tries once a second"));
  clock_.Advance(std::chrono::seconds(1));
  file->Write("kept");
  EXPECT_EQ(Text("music.log"), "kept\n");
}

}  // namespace
}  // namespace guildscope::logging
