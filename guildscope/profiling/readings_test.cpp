#include "guildscope/profiling/readings.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>

#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::profiling {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

/// Sources that count how often they are read, and hang when they are told to.
struct FakeMachine {
  std::atomic<std::uint64_t> process{0};
  std::atomic<std::uint64_t> details{0};
  std::atomic<std::uint64_t> filesystems{0};
  std::atomic<bool> hangs{false};
  std::promise<void> release;
  std::shared_future<void> released{release.get_future()};
};

class ReadingsTest : public ::testing::Test {
 protected:
  ~ReadingsTest() override { Release(); }

  void Release() const {
    if (machine_->hangs.exchange(false)) machine_->release.set_value();
  }

  Sources MakeSources() const {
    return {.process =
                [m = machine_] {
                  ProcessValues values;
                  values.resident = ++m->process;
                  values.cpu_user = m->process.load() * 1s;
                  return values;
                },
            .details =
                [m = machine_] {
                  ProcessDetails details;
                  details.unique = ++m->details;
                  if (m->hangs) m->released.wait();
                  return details;
                },
            .filesystems =
                [m = machine_] {
                  ++m->filesystems;
                  if (m->hangs) m->released.wait();
                  return std::vector<FilesystemValues>{{"/", m->filesystems, 2}};
                },
            .cpus = 2};
  }

  std::shared_ptr<FakeMachine> machine_ = std::make_shared<FakeMachine>();
  testing::FakeClock clock_;
  static constexpr ReadingsOptions kPatient{.patience = 20s};
};

TEST_F(ReadingsTest, AreSharedWhileTheyAreFresh) {
  Readings readings(MakeSources(), clock_, kPatient);
  const auto first = readings.Get();
  EXPECT_EQ(readings.Get(), first);
  clock_.Advance(499ms);
  EXPECT_EQ(readings.Get(), first);
  EXPECT_EQ(machine_->details, 1U);
  EXPECT_EQ(machine_->filesystems, 1U);
  clock_.Advance(1ms);
  const auto second = readings.Get();
  EXPECT_NE(second, first);
  EXPECT_EQ(second->process.resident, *first->process.resident + 1);
  EXPECT_EQ(second->details.value->unique, 2U);
  EXPECT_EQ(second->filesystems.value->at(0).used, 2U);
  EXPECT_EQ(second->details.age, 0ns);
}

TEST_F(ReadingsTest, NobodyAsksSoNothingIsRead) {
  const Readings readings(MakeSources(), clock_, kPatient);
  EXPECT_EQ(machine_->process, 1U) << "the base of the utilization";
  EXPECT_EQ(machine_->details, 0U);
  EXPECT_EQ(machine_->filesystems, 0U);
}

TEST_F(ReadingsTest, TheUtilizationIsThatOfTheTimeSinceTheStart) {
  Readings readings(MakeSources(), clock_, kPatient);
  clock_.Advance(4s);
  EXPECT_DOUBLE_EQ(readings.Get()->cpu->user, 1.0 / 8);
}

TEST_F(ReadingsTest, LeaveOutASourceThatNeverAnswered) {
  machine_->hangs = true;
  Readings readings(MakeSources(), clock_, {.patience = 0ms});
  const auto reading = readings.Get();
  EXPECT_FALSE(reading->details.value);
  EXPECT_FALSE(reading->filesystems.value);
  EXPECT_TRUE(reading->process.resident) << "what is fast goes on";
  Release();
}

TEST_F(ReadingsTest, NeverHoldUpACollectionFor100Milliseconds) {
  Readings readings(MakeSources(), clock_);
  const auto is_whole = [](const Reading& reading) {
    return reading.details.value && reading.details.age == 0ns && reading.filesystems.value &&
           reading.filesystems.age == 0ns;
  };
  while (!is_whole(*readings.Get())) clock_.Advance(1s);
  machine_->hangs = true;
  const auto good = clock_.SteadyNow();
  // The best of several: the machine that runs this may be busy. What hangs, hangs for ever.
  auto best = steady_clock::duration::max();
  for (int i = 0; i < 5; ++i) {
    clock_.Advance(15s);
    const auto start = steady_clock::now();
    const auto late = readings.Get();
    best = std::min(best, steady_clock::now() - start);
    ASSERT_TRUE(late->details.value);
    ASSERT_TRUE(late->filesystems.value);
    EXPECT_EQ(late->details.age, clock_.SteadyNow() - good);
    EXPECT_EQ(late->filesystems.age, clock_.SteadyNow() - good);
    EXPECT_EQ(late->at, clock_.SteadyNow());
  }
  EXPECT_LT(best, 100ms);
  Release();
}

}  // namespace
}  // namespace guildscope::profiling
