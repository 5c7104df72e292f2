#include "guildscope/metrics/registry.hpp"

#include <gtest/gtest.h>

#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::metrics {
namespace {

constexpr CounterDescriptor<2> kJobs{"{prefix}.jobs", "{job}", "Jobs.", {"type", "status"}};
constexpr HistogramDescriptor<0> kWait{"{prefix}.wait", "s", "Waits.", {}};

TEST(Registry, CollectsWhatWasRecorded) {
  Registry registry;
  registry.Get(kJobs).Bind({"a", "ok"}).Add(3);
  registry.Get(kJobs).Add(2, {"a", "ok"});
  registry.Get(kWait).Bind().Record(0.3);
  const Snapshot snapshot = registry.Collect();
  ASSERT_EQ(snapshot.metrics.size(), 2U);
  EXPECT_EQ(snapshot.metrics[0].points.at(0).value, 5);
  EXPECT_EQ(snapshot.metrics[1].points.at(0).count, 1U);
}

}  // namespace
}  // namespace guildscope::metrics
