#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <thread>

#include "guildscope/logging/logging_fixture.hpp"

/// Many threads, sinks that take nothing, levels that change meanwhile.
namespace guildscope::logging {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;

class LoggingUnderPressure : public LoggingTest {};

TEST_F(LoggingUnderPressure, KeepsTheLinesOfEachThreadOverManyRotations) {
  constexpr int kThreads = 4;
  constexpr int kRecords = 1'500;
  options_.log_file_count = 1'000;
  options_.log_file_max_bytes = 4'096;
  Logging logging(options_, redactor_, clock_);
  Console(logging, [&] {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&logging, t] {
        const Logger logger = logging.Get("bot");
        for (int i = 0; i < kRecords; ++i) logger.Error("of {} number {}", t, i);
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  EXPECT_EQ(logging.lost(), 0U);
  ASSERT_TRUE(std::filesystem::exists(path_ / "bot.100.log")) << "too few rotations to prove anything";
  std::string text;
  for (int i = 999; i >= 1; --i) text += File("bot." + std::to_string(i) + ".log");
  text += File("bot.log");
  std::vector<int> next(kThreads);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t of = line.find(" of ");
    int thread = 0;
    int number = 0;
    ASSERT_EQ(std::sscanf(line.c_str() + of, " of %d number %d", &thread, &number), 2) << line;
    ASSERT_EQ(number, next.at(static_cast<std::size_t>(thread))++) << "of thread " << thread;
  }
  EXPECT_THAT(next, ::testing::Each(kRecords));
}

/// The standard error stream is a pipe that is full and that nobody reads.
class StuckConsole {
 public:
  StuckConsole() : before_(dup(2)) {
    EXPECT_EQ(pipe2(ends_, O_CLOEXEC | O_NONBLOCK), 0);
    const std::string page(4'096, '.');
    while (write(ends_[1], page.data(), page.size()) > 0) {
    }
    EXPECT_EQ(fcntl(ends_[1], F_SETFL, 0), 0);
    dup2(ends_[1], 2);
  }
  ~StuckConsole() {
    dup2(before_, 2);
    for (const int end : {before_, ends_[0], ends_[1]}) close(end);
  }
  StuckConsole(const StuckConsole&) = delete;
  StuckConsole& operator=(const StuckConsole&) = delete;

 private:
  const int before_;
  int ends_[2] = {-1, -1};
};

TEST_F(LoggingUnderPressure, AConsoleThatTakesNothingHoldsUpNeitherCallersNorFiles) {
  Logging logging(options_, redactor_, clock_);
  {
    const StuckConsole stuck;
    for (int i = 0; i < 100; ++i) logging.Get("bot").Error("line {}", i);
    EXPECT_TRUE(logging.Flush(std::chrono::seconds(30)));
  }
  EXPECT_THAT(File("bot.log"), HasSubstr("line 99\n"));
  EXPECT_EQ(logging.lost(), 100U) << "the console's";
}

/// A file system that answers no more: opening this waits for a reader who never comes.
TEST_F(LoggingUnderPressure, ADiskThatHangsCostsDebugLinesFirstAndNobodyWaits) {
  options_.level = Level::kDebug;
  options_.queue_size = 100;
  auto logging = std::make_unique<Logging>(options_, redactor_, clock_);
  std::filesystem::create_directories(path_);
  ASSERT_EQ(mkfifo((path_ / "bot.log").c_str(), 0600), 0);
  const Logger bot = logging->Get("bot");
  ::testing::internal::CaptureStderr();
  bot.Info("hangs");
  for (int i = 0; i < 1'000; ++i) bot.Debug("chatter");
  for (int i = 0; i < 40; ++i) bot.Error("matters");
  const LevelCounts dropped = logging->dropped();
  EXPECT_GE(dropped[0], 950U);
  EXPECT_THAT(std::vector(dropped.begin() + 1, dropped.end()), ElementsAre(0, 0, 0, 0));
  EXPECT_EQ(logging->lost(), dropped[0]);
  const auto reports = logging->Loggers();
  EXPECT_THAT(reports, Contains(AllOf(Field(&LoggerReport::name, "bot"), Field(&LoggerReport::dropped, dropped[0]),
                                      Field(&LoggerReport::records, ElementsAre(1'000, 1, 0, 40, 0)))));

  // The disk comes back.
  const int reader = open((path_ / "bot.log").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  std::string got;
  const auto read_all = [&] {
    char part[4'096];
    for (ssize_t size = 0; (size = read(reader, part, sizeof part)) > 0;)
      got.append(part, static_cast<std::size_t>(size));
  };
  while (!logging->Flush(std::chrono::milliseconds(1))) read_all();
  logging.reset();
  read_all();
  close(reader);
  const std::string console = ::testing::internal::GetCapturedStderr();
  const std::string told = std::to_string(dropped[0]) +
                           " log records were dropped, because they came faster than they " +
                           "could be written: DEBUG " + std::to_string(dropped[0]);
  EXPECT_THAT(console, HasSubstr(told));
  EXPECT_THAT(File("guildscope.logging.log"), HasSubstr(told));
  EXPECT_EQ(std::count(got.begin(), got.end(), '\n'), 1 + 1'000 - static_cast<int>(dropped[0]) + 40);
}

TEST_F(LoggingUnderPressure, TellsWhatWasDroppedOnceASecond) {
  options_.level = Level::kDebug;
  options_.queue_size = 1;
  Logging logging(options_, redactor_, clock_);
  const Logger bot = logging.Get("bot");
  const auto drop_some = [&] {
    const auto before = logging.dropped()[0];
    while (logging.dropped()[0] < before + 3) bot.Debug("one of many");
  };
  const auto told = [&] {
    EXPECT_TRUE(logging.Flush(std::chrono::seconds(30)));
    const std::string text = File("guildscope.logging.log");
    return std::count(text.begin(), text.end(), '\n');
  };
  Console(logging, [&] {
    drop_some();
    bot.Error("so that the queue has run empty once more");
    EXPECT_EQ(told(), 1);
    drop_some();
    EXPECT_EQ(told(), 1);
    clock_.Advance(std::chrono::seconds(1));
    bot.Error("again");
    EXPECT_TRUE(logging.Flush(std::chrono::seconds(30)));
    bot.Error("and once more");
    EXPECT_EQ(told(), 2);
  });
}

TEST_F(LoggingUnderPressure, LosesNothingWhileLevelsAndSinksChange) {
  constexpr int kThreads = 4;
  constexpr int kRecords = 500;
  options_.log_file_count = 1'000;
  options_.log_file_max_bytes = 4'096;
  Logging logging(options_, redactor_, clock_);
  Console(logging, [&] {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&logging, t] {
        const Logger logger = logging.Get("bot");
        for (int i = 0; i < kRecords; ++i) {
          logger.Error("record {} {}", t, i);
          logger.Debug("now and then");
        }
      });
    }
    for (int i = 0; i < 200; ++i) {
      logging.SetLevels(i % 2 == 0 ? Level::kDebug : Level::kError, {}, Level::kInfo);
      (void)logging.SetLevel("bot", i % 3 == 0 ? Level::kInfo : Level::kError);
      (void)logging.Loggers();
      if (i == 50) logging.EnableOtlp();
      if (i == 150) logging.DisableOtlp();
      redactor_->AddSecret("secret" + std::to_string(i));
      (void)logging.Get("other" + std::to_string(i % 7));
    }
    for (std::thread& thread : threads) thread.join();
  });
  std::size_t records = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);)
      records += line.find("] logging_pressure_test.cpp") != line.npos && line.find(" record ") != line.npos;
  }
  EXPECT_EQ(records, static_cast<std::size_t>(kThreads * kRecords));
  EXPECT_EQ(logging.lost(), 0U);
}

}  // namespace
}  // namespace guildscope::logging
