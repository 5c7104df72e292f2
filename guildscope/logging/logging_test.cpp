#include "guildscope/logging/logging.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opentelemetry/logs/provider.h>
#include <opentelemetry/sdk/logs/logger_provider.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "guildscope/logging/collected_records.hpp"
#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/tracing/context.hpp"

namespace guildscope::logging {
namespace {

namespace otel = opentelemetry;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class LoggingTest : public ::testing::Test {
 protected:
  LoggingTest() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(::testing::TempDir()) / ("guildscope_log_" + std::to_string(getpid()) + test->name());
    options_.log_dir = path_.string();
    otel::logs::Provider::SetLoggerProvider(otel::nostd::shared_ptr<otel::logs::LoggerProvider>(
        new otel::sdk::logs::LoggerProvider(std::make_unique<CollectingProcessor>(collected_))));
  }
  ~LoggingTest() override {
    otel::logs::Provider::SetLoggerProvider({});
    std::filesystem::remove_all(path_);
  }

  [[nodiscard]] std::string File(const std::string& name) const {
    std::ifstream file(path_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// What the console and the files got of it is written when this returns.
  static std::string Console(Logging& logging, const std::function<void()>& work) {
    ::testing::internal::CaptureStderr();
    work();
    EXPECT_TRUE(logging.Flush(std::chrono::seconds(30)));
    return ::testing::internal::GetCapturedStderr();
  }
  static tracing::Context Traced() {
    tracing::SpanContext span;
    span.trace_id.fill(0xab);
    span.span_id.fill(0x01);
    span.sampled = true;
    return tracing::Context::FromRemote(span);
  }

  std::filesystem::path path_;
  LoggingOptions options_;
  std::shared_ptr<Redactor> redactor_ = std::make_shared<Redactor>();
  testing::FakeClock clock_;
  std::shared_ptr<CollectedRecords> collected_ = std::make_shared<CollectedRecords>();
};

TEST_F(LoggingTest, WritesEachLoggerToItsFileAndAllToTheConsole) {
  Logging logging(options_, redactor_, clock_);
  const std::string console = Console(logging, [&] {
    logging.Get("music").Info("playing {}", 7);
    logging.Get("bot").Error("failed");
    logging.Get("bot").Debug("not at this level");
  });
  EXPECT_THAT(File("music.log"), HasSubstr("2024-01-01T00:00:00.000000Z INFO     music ["));
  EXPECT_THAT(File("music.log"), AllOf(HasSubstr("logging_test.cpp:"), HasSubstr("playing 7\n")));
  EXPECT_THAT(File("bot.log"), HasSubstr("failed"));
  EXPECT_EQ(console, File("music.log") + File("bot.log"));
}

TEST_F(LoggingTest, EndsLinesOfFilesWithTheResource) {
  options_.resource = {{"service.name", "bot"}, {"service.instance.id", "a b"}};
  Logging logging(options_, redactor_, clock_);
  const std::string console = Console(logging, [&] { logging.Get("music").Info("hello"); });
  EXPECT_THAT(File("music.log"), HasSubstr("hello service.instance.id=\"a b\" service.name=bot\n"));
  EXPECT_THAT(console, HasSubstr("hello\n"));
}

TEST_F(LoggingTest, NamesTheActiveSpanInEverySink) {
  Logging logging(options_, redactor_, clock_);
  logging.EnableOtlp();
  const std::string console = Console(logging, [&] {
    const tracing::ContextScope scope(Traced());
    logging.Get("music").Info("inside");
  });
  const std::string expected = "inside trace_id=abababababababababababababababab span_id=0101010101010101";
  EXPECT_THAT(console, HasSubstr(expected));
  EXPECT_THAT(File("music.log"), HasSubstr(expected));
  ASSERT_THAT(collected_->all, SizeIs(1));
  EXPECT_EQ(collected_->all[0].trace_id, "abababababababababababababababab");
  EXPECT_TRUE(collected_->all[0].sampled);
}

TEST_F(LoggingTest, GivesOpenTelemetryWholeRecords) {
  Logging logging(options_, redactor_, clock_);
  const Logger before = logging.Get("before");
  logging.EnableOtlp();
  Console(logging, [&] {
    logging.Get("music").With({{"guild_id", "7"}}).Critical("two\nlines");
    before.Warning("made earlier");
  });
  ASSERT_THAT(collected_->all, SizeIs(2));
  const CollectedRecord& record = collected_->all[0];
  EXPECT_EQ(record.severity, otel::logs::Severity::kFatal);
  EXPECT_EQ(record.body, "two\nlines");
  EXPECT_EQ(record.scope, "music");
  EXPECT_EQ(record.time, clock_.Now().time_since_epoch());
  EXPECT_THAT(record.attributes,
              UnorderedElementsAre(Pair("guild_id", "7"), Pair("code.file.path", HasSubstr("logging/logging_test.cpp")),
                                   Pair("code.line.number", MatchesRegex("[0-9]+")),
                                   Pair("code.function.name", HasSubstr("GivesOpenTelemetryWholeRecords")),
                                   Pair("thread.id", std::to_string(gettid())), Pair("thread.name", Not(IsEmpty()))));
  EXPECT_EQ(collected_->all[1].severity, otel::logs::Severity::kWarn);
  EXPECT_EQ(collected_->all[1].scope, "before");
}

TEST_F(LoggingTest, RedactsBeforeEverySink) {
  redactor_->AddSecret("hunter22");
  Logging logging(options_, redactor_, clock_);
  logging.EnableOtlp();
  const std::string console = Console(logging, [&] {
    logging.Get("music")
        .With({{"note", "xhunter22x"}, {"authorization", "Bot abc.def"}})
        .Info("token {} at postgresql://bot:sesame@db/x", "hunter22");
  });
  for (const std::string& text : {console, File("music.log"), collected_->all.at(0).body}) {
    EXPECT_THAT(text, AllOf(Not(HasSubstr("hunter22")), Not(HasSubstr("sesame")), Not(HasSubstr("abc.def"))));
  }
  EXPECT_EQ(collected_->all.at(0).attributes["note"], "x***x");
  EXPECT_EQ(collected_->all.at(0).attributes["authorization"], "***");
}

TEST_F(LoggingTest, OneRecordIsOneLine) {
  Logging logging(options_, redactor_, clock_);
  Console(logging, [&] {
    logging.Get("music").With({{"title", "a\nb"}}).Info("x\n2024-01-01T00:00:00.000000Z CRITICAL bot [1 x] forged");
  });
  const std::string text = File("music.log");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST_F(LoggingTest, LevelsComeFromTheLoggerThenItsKindThenAll) {
  options_.level = Level::kError;
  options_.third_party_level = Level::kCritical;
  options_.loggers = {{"music", Level::kDebug}, {"opus", Level::kInfo}};
  Logging logging(options_, redactor_, clock_);
  EXPECT_TRUE(logging.Get("music").Enabled(Level::kDebug));
  EXPECT_FALSE(logging.Get("bot").Enabled(Level::kWarning));
  EXPECT_TRUE(logging.Get("bot").Enabled(Level::kError));
  EXPECT_FALSE(logging.GetThirdParty("dpp").Enabled(Level::kError));
  EXPECT_TRUE(logging.GetThirdParty("opus").Enabled(Level::kInfo));
}

TEST_F(LoggingTest, NewLevelsReachLoggersThatExistAndThoseToCome) {
  Logging logging(options_, redactor_, clock_);
  const Logger bot = logging.Get("bot");
  const Logger dpp = logging.GetThirdParty("dpp");
  const Logger music = logging.Get("music");
  logging.SetLevels(Level::kDebug, {{"music", Level::kOff}, {"later", Level::kCritical}}, Level::kInfo);
  EXPECT_TRUE(bot.Enabled(Level::kDebug));
  EXPECT_TRUE(dpp.Enabled(Level::kInfo));
  EXPECT_FALSE(music.Enabled(Level::kCritical));
  EXPECT_FALSE(logging.Get("later").Enabled(Level::kError));
}

TEST_F(LoggingTest, OtlpOnlyKeepsTheConsoleForTheStartAndTheExporter) {
  options_.otlp_only = true;
  Logging logging(options_, redactor_, clock_);
  const std::string console = Console(logging, [&] {
    logging.Get("bot").Info("start");
    logging.EnableOtlp();
    logging.Get("bot").Error("only by otlp");
    logging.Get(kExporterLogger).Error("collector is gone");
    logging.GetThirdParty(kOpenTelemetryLogger).Error("sdk complains");
    logging.DisableOtlp();
    logging.Get("bot").Info("last resort");
  });
  EXPECT_THAT(console, AllOf(HasSubstr("start"), HasSubstr("collector is gone"), HasSubstr("sdk complains"),
                             HasSubstr("last resort"), Not(HasSubstr("only by otlp"))));
  EXPECT_FALSE(std::filesystem::exists(path_));
  ASSERT_THAT(collected_->all, SizeIs(1)) << "the exporter's own records would feed themselves";
  EXPECT_EQ(collected_->all.at(0).body, "only by otlp");
}

TEST_F(LoggingTest, ARecordMadeWhileEmittingDoesNotGoRound) {
  Logging logging(options_, redactor_, clock_);
  logging.EnableOtlp();
  const Logger logger = logging.Get("bot");
  collected_->on_emit = [&logger] { logger.Error("from inside the exporter"); };
  Console(logging, [&] { logger.Info("once"); });
  EXPECT_THAT(collected_->all, SizeIs(1));
  EXPECT_THAT(File("bot.log"), HasSubstr("from inside the exporter"));
}

TEST_F(LoggingTest, LoggersOutliveIt) {
  Logger logger;
  {
    Logging logging(options_, redactor_, clock_);
    logging.EnableOtlp();
    logger = logging.Get("bot");
  }
  EXPECT_FALSE(logger.Enabled(Level::kCritical));
  ::testing::internal::CaptureStderr();
  logger.Critical("too late");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(File("bot.log"), "");
  EXPECT_THAT(collected_->all, IsEmpty());
  EXPECT_NO_THROW(Logging(options_, redactor_, clock_)) << "the directory is free again";
}

TEST_F(LoggingTest, CountsWhatAFileCannotTake) {
  Logging logging(options_, redactor_, clock_);
  std::filesystem::create_directories(path_ / "bot.log");
  const std::string console = Console(logging, [&] { logging.Get("bot").Info("to the console alone"); });
  EXPECT_EQ(logging.lost(), 1U);
  EXPECT_THAT(console, HasSubstr("to the console alone"));
}

TEST_F(LoggingTest, RefusesWhatIsOutOfRange) {
  options_.log_file_count = 0;
  EXPECT_THROW(Logging(options_, redactor_, clock_), std::invalid_argument);
  options_.log_file_count = 1;
  options_.log_file_max_bytes = 1;
  EXPECT_THROW(Logging(options_, redactor_, clock_), std::invalid_argument);
}

TEST_F(LoggingTest, KeepsTheLinesOfEachThreadOverManyRotations) {
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

TEST_F(LoggingTest, AConsoleThatTakesNothingHoldsUpNeitherCallersNorFiles) {
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
TEST_F(LoggingTest, ADiskThatHangsCostsDebugLinesFirstAndNobodyWaits) {
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

TEST_F(LoggingTest, TellsWhatWasDroppedOnceASecond) {
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

TEST_F(LoggingTest, LevelsOfSingleLoggersCanBeSetAndReset) {
  options_.loggers = {{"music", Level::kError}};
  Logging logging(options_, redactor_, clock_);
  const Logger music = logging.Get("music");
  EXPECT_FALSE(logging.SetLevel("nobody", Level::kDebug));
  EXPECT_FALSE(logging.ResetLevel("nobody"));
  EXPECT_TRUE(logging.SetLevel("music", Level::kDebug));
  EXPECT_TRUE(music.Enabled(Level::kDebug));
  EXPECT_TRUE(logging.Get("music").Enabled(Level::kDebug)) << "asking for it again changes nothing";
  EXPECT_THAT(logging.Loggers(),
              Contains(AllOf(Field(&LoggerReport::name, "music"), Field(&LoggerReport::level, Level::kDebug),
                             Field(&LoggerReport::configured, Level::kError))));
  EXPECT_TRUE(logging.ResetLevel("music"));
  EXPECT_FALSE(music.Enabled(Level::kWarning));
  EXPECT_TRUE(logging.SetLevel("music", Level::kDebug));
  logging.SetLevels(Level::kInfo, {}, Level::kWarning);
  EXPECT_FALSE(music.Enabled(Level::kDebug)) << "settings that are read again win";
}

TEST_F(LoggingTest, LosesNothingWhileLevelsAndSinksChange) {
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
      records += line.find("] logging_test.cpp") != line.npos && line.find(" record ") != line.npos;
  }
  EXPECT_EQ(records, static_cast<std::size_t>(kThreads * kRecords));
  EXPECT_EQ(logging.lost(), 0U);
}

}  // namespace
}  // namespace guildscope::logging
