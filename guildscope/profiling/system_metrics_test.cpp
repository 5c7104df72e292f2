#include "guildscope/profiling/system_metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "guildscope/profiling/task_count.hpp"
#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/testing/recorded_metrics.hpp"

namespace guildscope::profiling {
namespace {

using namespace std::chrono_literals;
using guildscope::testing::FindPoint;
using guildscope::testing::ValueOf;

Sources MakeSources() {
  return {.process =
              [] {
                return ProcessValues{.cpu_user = 1500ms,
                                     .cpu_system = 250ms,
                                     .minor_faults = 11,
                                     .major_faults = 12,
                                     .voluntary_switches = 13,
                                     .involuntary_switches = 14,
                                     .threads = 15,
                                     .resident = 16,
                                     .virtual_size = 17,
                                     .writable = 18};
              },
          .details =
              [] {
                return ProcessDetails{.unique = 21,
                                      .file_descriptors = 22,
                                      .heap = HeapValues{.sys = 30, .idle = 6, .alloc = 24, .released = 5},
                                      .total_allocated = 100,
                                      .stacks = StackValues{.reserved = 40, .resident = 4}};
              },
          .filesystems = [] { return std::vector<FilesystemValues>{{"/", 51, 52}, {"/srv", 53, 54}}; },
          .cpus = 1};
}

class SystemMetricsTest : public ::testing::Test {
 protected:
  void Observe(Sources sources) {
    readings_.emplace(std::move(sources), clock_, ReadingsOptions{.patience = 20s});
    metrics_.emplace(registry_, *readings_);
  }
  double Value(std::string_view name, const std::vector<std::string>& labels = {}) {
    return ValueOf(registry_, name, labels);
  }
  bool Has(std::string_view name, const std::vector<std::string>& labels = {}) {
    return FindPoint(registry_, name, labels).has_value();
  }

  guildscope::testing::FakeClock clock_;
  metrics::Registry registry_;
  std::optional<Readings> readings_;
  std::optional<SystemMetrics> metrics_;
};

TEST_F(SystemMetricsTest, ExportTheReadingUnderItsNames) {
  Observe(MakeSources());
  EXPECT_EQ(Value("process.cpu.time", {"user"}), 1.5);
  EXPECT_EQ(Value("process.cpu.time", {"system"}), 0.25);
  EXPECT_EQ(Value("process.paging.faults", {"minor"}), 11);
  EXPECT_EQ(Value("process.paging.faults", {"major"}), 12);
  EXPECT_EQ(Value("process.context_switches", {"voluntary"}), 13);
  EXPECT_EQ(Value("process.context_switches", {"involuntary"}), 14);
  EXPECT_EQ(Value("process.thread.count"), 15);
  EXPECT_EQ(Value("disruptor.system.threads"), 15);
  EXPECT_EQ(Value("process.memory.usage"), 16);
  EXPECT_EQ(Value("process.memory.virtual"), 17);
  EXPECT_EQ(Value("process.memory.uss"), 21);
  EXPECT_EQ(Value("process.unix.file_descriptor.count"), 22);
  EXPECT_EQ(Value("disruptor.system.filesystem", {"/", "used"}), 51);
  EXPECT_EQ(Value("disruptor.system.filesystem", {"/", "free"}), 52);
  EXPECT_EQ(Value("disruptor.system.filesystem", {"/srv", "used"}), 53);
  EXPECT_EQ(Value("disruptor.system.filesystem", {"/srv", "free"}), 54);
}

TEST_F(SystemMetricsTest, MemoryHasEveryType) {
  Observe(MakeSources());
  EXPECT_EQ(Value("disruptor.system.memory", {"sys"}), 18);
  EXPECT_EQ(Value("disruptor.system.memory", {"heap_alloc"}), 24);
  EXPECT_EQ(Value("disruptor.system.memory", {"heap_inuse"}), 24);
  EXPECT_EQ(Value("disruptor.system.memory", {"heap_sys"}), 30);
  EXPECT_EQ(Value("disruptor.system.memory", {"heap_idle"}), 6);
  EXPECT_EQ(Value("disruptor.system.memory", {"heap_released"}), 5);
  EXPECT_EQ(Value("disruptor.system.memory", {"stack_inuse"}), 4);
  EXPECT_EQ(Value("disruptor.system.memory", {"stack_sys"}), 40);
  EXPECT_EQ(Value("disruptor.system.memory", {"total_alloc"}), 100);
}

TEST_F(SystemMetricsTest, TheUtilizationNeedsTimeToHavePassed) {
  Observe(MakeSources());
  EXPECT_FALSE(Has("process.cpu.utilization", {"user"}));
  clock_.Advance(1s);
  EXPECT_TRUE(Has("process.cpu.utilization", {"user"}));
  EXPECT_TRUE(Has("process.cpu.utilization", {"system"}));
}

TEST_F(SystemMetricsTest, AreReadOnceACollection) {
  int reads = 0;
  Sources sources = MakeSources();
  sources.process = [&reads, read = sources.process] {
    ++reads;
    return read();
  };
  Observe(sources);
  reads = 0;
  (void)registry_.Collect();
  EXPECT_EQ(reads, 1);
  clock_.Advance(1s);
  (void)registry_.Collect();
  EXPECT_EQ(reads, 2);
}

TEST_F(SystemMetricsTest, WhatCannotBeReadHasNoSeries) {
  Observe({.process = [] { return ProcessValues{}; },
           .details = [] { return ProcessDetails{}; },
           .filesystems = [] { return std::vector<FilesystemValues>{}; }});
  EXPECT_FALSE(Has("process.memory.usage"));
  EXPECT_FALSE(Has("process.memory.uss"));
  EXPECT_FALSE(Has("process.thread.count"));
  EXPECT_FALSE(Has("process.unix.file_descriptor.count"));
  EXPECT_EQ(guildscope::testing::TotalOf(registry_, "disruptor.system.memory"), 0);
  EXPECT_TRUE(Has("process.cpu.time", {"user"}));
}

TEST_F(SystemMetricsTest, SayHowOldTheValuesOfASlowSourceAre) {
  Sources sources = MakeSources();
  sources.filesystems = [first = true]() mutable {
    if (!std::exchange(first, false)) throw std::runtime_error("the disk is broken");
    return std::vector<FilesystemValues>{{"/", 51, 52}};
  };
  Observe(sources);
  EXPECT_EQ(Value("guildscope.profiling.reading_age", {"filesystems"}), 0);
  clock_.Advance(30s);
  EXPECT_EQ(Value("guildscope.profiling.reading_age", {"filesystems"}), 30);
  EXPECT_EQ(Value("guildscope.profiling.reading_age", {"details"}), 0);
  EXPECT_EQ(Value("disruptor.system.filesystem", {"/", "used"}), 51);
}

TEST_F(SystemMetricsTest, TasksAreThreadsAndWhateverOthersCount) {
  Observe(MakeSources());
  EXPECT_EQ(Value("disruptor.system.goroutines"), 15);
  std::size_t queued = 4;
  const auto pool = CountTasks(registry_, [&] { return queued; });
  {
    const auto coroutines = CountTasks(registry_, [] { return std::size_t{100}; });
    EXPECT_EQ(Value("disruptor.system.goroutines"), 119);
  }
  queued = 1;
  EXPECT_EQ(Value("disruptor.system.goroutines"), 16);
}

}  // namespace
}  // namespace guildscope::profiling
