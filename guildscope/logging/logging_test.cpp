#include "guildscope/logging/logging.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "guildscope/logging/logging_fixture.hpp"

namespace guildscope::logging {
namespace {

namespace otel = opentelemetry;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

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

}  // namespace
}  // namespace guildscope::logging
