#include "guildscope/logging/logger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace guildscope::logging {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

struct Written : LoggerState {
  void Write(Level level, std::string_view message, const Fields& fields,
             const std::source_location& location) noexcept override {
    levels.push_back(level);
    messages.emplace_back(message);
    last_fields = fields;
    last_line = location.line();
    last_file = location.file_name();
  }
  std::vector<Level> levels;
  std::vector<std::string> messages;
  Fields last_fields;
  std::uint32_t last_line = 0;
  std::string last_file;
};

struct Unprintable {};

}  // namespace
}  // namespace guildscope::logging

template <>
struct fmt::formatter<guildscope::logging::Unprintable> : fmt::formatter<int> {
  auto format(const guildscope::logging::Unprintable& /*value*/, fmt::format_context& context) const {
    if (true) throw std::runtime_error("no text for this");
    return context.out();
  }
};

namespace guildscope::logging {
namespace {

TEST(Level, IsReadInAnyCase) {
  EXPECT_EQ(ParseLevel("Warning"), Level::kWarning);
  EXPECT_EQ(ParseLevel("OFF"), Level::kOff);
  for (const Level level :
       {Level::kDebug, Level::kInfo, Level::kWarning, Level::kError, Level::kCritical, Level::kOff}) {
    EXPECT_EQ(ParseLevel(ToString(level)), level);
  }
}

TEST(Level, ThatIsUnknownIsQuotedWithWhatIsAccepted) {
  try {
    (void)ParseLevel("LOUD");
    FAIL() << "accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_THAT(error.what(), HasSubstr("'LOUD'; accepted: DEBUG, INFO, WARNING, ERROR, CRITICAL, OFF"));
  }
}

TEST(Logger, WithoutAStateWritesNothing) {
  const Logger logger;
  EXPECT_FALSE(logger.Enabled(Level::kCritical));
  logger.With({{"a", "b"}}).Critical("nothing {}", 1);
}

TEST(Logger, FormatsAtItsLevelAndAbove) {
  auto state = std::make_shared<Written>();
  state->set_threshold(Level::kWarning);
  const Logger logger(state);
  logger.Debug("a");
  logger.Info("b");
  logger.Warning("c {}", 3);
  logger.Error("d {}", std::string("x"));
  logger.Critical("e");
  EXPECT_THAT(state->messages, ElementsAre("c 3", "d x", "e"));
  EXPECT_THAT(state->levels, ElementsAre(Level::kWarning, Level::kError, Level::kCritical));
  state->set_threshold(Level::kOff);
  logger.Critical("f");
  EXPECT_THAT(state->messages, ElementsAre("c 3", "d x", "e"));
}

TEST(Logger, DoesNotFormatBelowItsLevel) {
  auto state = std::make_shared<Written>();
  state->set_threshold(Level::kError);
  Logger(state).Info("{}", Unprintable());
  EXPECT_THAT(state->messages, IsEmpty());
}

TEST(Logger, KnowsWhereItWasCalled) {
  auto state = std::make_shared<Written>();
  state->set_threshold(Level::kDebug);
  Logger(state).Info("here");
  EXPECT_EQ(state->last_line, static_cast<std::uint32_t>(__LINE__ - 1));
  EXPECT_THAT(state->last_file, HasSubstr("logger_test.cpp"));
}

TEST(Logger, AddsFieldsToThoseItHas) {
  auto state = std::make_shared<Written>();
  state->set_threshold(Level::kDebug);
  const Logger guild = Logger(state).With({{"guild_id", "7"}});
  guild.With({{"user_id", "8"}}).Info("both");
  EXPECT_THAT(state->last_fields, ElementsAre(Pair("guild_id", "7"), Pair("user_id", "8")));
  guild.Info("one");
  EXPECT_THAT(state->last_fields, ElementsAre(Pair("guild_id", "7")));
}

TEST(Logger, SaysWhenAMessageCannotBeFormatted) {
  auto state = std::make_shared<Written>();
  state->set_threshold(Level::kDebug);
  Logger(state).Error("bad {}", Unprintable());
  EXPECT_THAT(state->messages, ElementsAre("no text for this"));
  EXPECT_THAT(state->last_fields, ElementsAre(Pair("unformatted", "bad {}")));
}

}  // namespace
}  // namespace guildscope::logging
