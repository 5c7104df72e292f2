#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "guildscope/metrics/registry.hpp"

namespace guildscope::metrics {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// What Get says about a descriptor that it refuses; empty when it takes it.
template <Kind kKind, std::size_t kLabels>
std::string Refusal(Registry& registry, const Descriptor<kKind, kLabels>& descriptor) {
  try {
    static_cast<void>(registry.Get(descriptor));
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

template <Kind kKind, std::size_t kLabels>
std::string Refusal(const Descriptor<kKind, kLabels>& descriptor) {
  Registry registry({.prefix = "bot"});
  return Refusal(registry, descriptor);
}

constexpr CounterDescriptor<1> kJobs{"{prefix}.jobs", "{job}", "Jobs.", {"type"}};

TEST(Registration, RefusesANameWithAnotherKindUnitLabelsOrBuckets) {
  Registry registry({.prefix = "bot"});
  static_cast<void>(registry.Get(kJobs));
  EXPECT_THAT(Refusal(registry, GaugeDescriptor<1>{"bot.jobs", "{job}", "", {"type"}}),
              AllOf(HasSubstr("'bot.jobs'"), HasSubstr("'counter'"), HasSubstr("'gauge'")));
  EXPECT_THAT(Refusal(registry, CounterDescriptor<1>{"bot.jobs", "s", "", {"type"}}),
              AllOf(HasSubstr("unit"), HasSubstr("'s'"), HasSubstr("'{job}'")));
  EXPECT_THAT(Refusal(registry, CounterDescriptor<2>{"bot.jobs", "{job}", "", {"type", "status"}}),
              AllOf(HasSubstr("labels"), HasSubstr("'type, status'"), HasSubstr("'type'")));

  static_cast<void>(registry.Get(HistogramDescriptor<0>{"bot.wait", "s", "", {}}));
  static constexpr std::array<double, 1> kOther{1};
  EXPECT_THAT(Refusal(registry, HistogramDescriptor<0>{"bot.wait", "s", "", {}, kOther}), HasSubstr("buckets"));
}

TEST(Registration, RefusesNamesThatAreOneOnMetrics) {
  Registry registry({.prefix = "bot"});
  static_cast<void>(registry.Get(kJobs));
  static_cast<void>(registry.Get(HistogramDescriptor<0>{"bot.wait", "s", "", {}}));
  const auto taken_by = [](const char* owner) { return HasSubstr(std::string("taken by metric '") + owner + "'"); };
  EXPECT_THAT(Refusal(registry, CounterDescriptor<1>{"bot_jobs", "{job}", "", {"type"}}), taken_by("bot.jobs"));
  EXPECT_THAT(Refusal(registry, CounterDescriptor<1>{"bot.jobs.total", "", "", {"type"}}), taken_by("bot.jobs"));
  EXPECT_THAT(Refusal(registry, GaugeDescriptor<0>{"bot_jobs_total", "", "", {}}), taken_by("bot.jobs"));
  // The family's name in OpenMetrics.
  EXPECT_THAT(Refusal(registry, GaugeDescriptor<0>{"bot_jobs", "", "", {}}), taken_by("bot.jobs"));
  EXPECT_THAT(Refusal(registry, GaugeDescriptor<0>{"bot.wait.seconds.count", "", "", {}}), taken_by("bot.wait"));
  EXPECT_THAT(Refusal(registry, GaugeDescriptor<0>{"bot.wait.seconds.created", "", "", {}}), taken_by("bot.wait"));
  EXPECT_EQ(Refusal(registry, GaugeDescriptor<0>{"bot.wait.count", "", "", {}}), "");
}

TEST(Registration, RefusesNamesThatOpenTelemetryDoesNotHave) {
  for (const std::string_view name : {"", "1st", ".a", "a b", "a\xC3\xA9", "a{b}"}) {
    EXPECT_THAT(Refusal(GaugeDescriptor<0>{name, "", "", {}}), HasSubstr("a name is")) << name;
  }
  const std::string long_name(256, 'a');
  EXPECT_THAT(Refusal(GaugeDescriptor<0>{long_name, "", "", {}}), HasSubstr("255"));
  EXPECT_EQ(Refusal(GaugeDescriptor<0>{"A.b-c_d/e9", "", "", {}}), "");
}

TEST(Registration, RefusesLabelsThatTheFormatsCannotCarry) {
  EXPECT_THAT(Refusal(GaugeDescriptor<1>{"a", "", "", {""}}), HasSubstr("label without a name"));
  EXPECT_THAT(Refusal(GaugeDescriptor<2>{"a", "", "", {"x.y", "x_y"}}), HasSubstr("'x_y'"));
  EXPECT_THAT(Refusal(GaugeDescriptor<1>{"a", "", "", {"__name__"}}), HasSubstr("'__name__'"));
  EXPECT_THAT(Refusal(GaugeDescriptor<1>{"a", "", "", {"otel.metric.overflow"}}), HasSubstr("reserved"));
  EXPECT_THAT(Refusal(HistogramDescriptor<1>{"a", "", "", {"le"}}), HasSubstr("'le'"));
  EXPECT_EQ(Refusal(GaugeDescriptor<1>{"a", "", "", {"le"}}), "");
}

TEST(Registration, RefusesBucketsThatDoNotRise) {
  static constexpr std::array<double, 2> kFalling{2, 1};
  static constexpr std::array<double, 2> kEqual{1, 1};
  static constexpr std::array<double, 1> kInfinite{std::numeric_limits<double>::infinity()};
  static constexpr std::array<double, 1> kNan{std::numeric_limits<double>::quiet_NaN()};
  EXPECT_THAT(Refusal(HistogramDescriptor<0>{"a", "", "", {}, kFalling}), HasSubstr("must rise"));
  EXPECT_THAT(Refusal(HistogramDescriptor<0>{"a", "", "", {}, kEqual}), HasSubstr("must rise"));
  EXPECT_THAT(Refusal(HistogramDescriptor<0>{"a", "", "", {}, kInfinite}), HasSubstr("not finite"));
  EXPECT_THAT(Refusal(HistogramDescriptor<0>{"a", "", "", {}, kNan}), HasSubstr("not finite"));
}

TEST(Registration, RefusesAPrefixThatCannotBeginAName) {
  for (const char* prefix : {"", "1bot", "_bot", "my bot", "my.bot", "b\xC3\xB6t"}) {
    EXPECT_THAT([&] { Registry registry({.prefix = prefix}); },
                ThrowsMessage<std::invalid_argument>(HasSubstr(std::string("'") + prefix + "'")));
  }
}

}  // namespace
}  // namespace guildscope::metrics
