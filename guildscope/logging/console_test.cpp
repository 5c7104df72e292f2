#include "guildscope/logging/console.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>

namespace guildscope::logging {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class ConsoleTest : public ::testing::Test {
 protected:
  ConsoleTest() {
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0);
    EXPECT_EQ(fcntl(ends_[0], F_SETFL, O_NONBLOCK), 0);
    EXPECT_GT(fcntl(ends_[1], F_SETPIPE_SZ, 16'384), 0);
  }
  ~ConsoleTest() override {
    close(ends_[0]);
    close(ends_[1]);
  }

  std::string Read() {
    std::string text(1 << 20, '\0');
    const ssize_t size = read(ends_[0], text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

  int ends_[2] = {-1, -1};
};

TEST_F(ConsoleTest, WritesLines) {
  Console console(ends_[1]);
  EXPECT_TRUE(console.Write("one"));
  EXPECT_TRUE(console.Write("two"));
  EXPECT_EQ(Read(), "one\ntwo\n");
}

TEST_F(ConsoleTest, DoesNotWaitForAPipeThatNobodyReads) {
  Console console(ends_[1]);
  const std::string line(1'000, 'x');
  int taken = 0;
  while (console.Write(line)) ++taken;
  EXPECT_GT(taken, 0);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(console.Write(line));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20)) << "a tenth of a second each is 100 s";
  Read();
  EXPECT_TRUE(console.Write("again"));
  EXPECT_THAT(Read(), EndsWith("again\n"));
}

TEST_F(ConsoleTest, BeginsANewLineBehindATornOne) {
  Console console(ends_[1]);
  EXPECT_FALSE(console.Write(std::string(100'000, 'x'))) << "more than the pipe holds";
  EXPECT_THAT(Read(), Not(HasSubstr("\n")));
  EXPECT_TRUE(console.Write("next"));
  EXPECT_TRUE(console.Write("and next"));
  EXPECT_EQ(Read(), "\nnext\nand next\n");
}

TEST_F(ConsoleTest, SaysWhenNobodyIsThere) {
  signal(SIGPIPE, SIG_IGN);  // the writing thread has it blocked
  Console console(ends_[1]);
  close(ends_[0]);
  EXPECT_FALSE(console.Write("x"));
  ends_[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
  signal(SIGPIPE, SIG_DFL);
}

}  // namespace
}  // namespace guildscope::logging
