// The values that are exported of this very process, beside what other sources say of it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <latch>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "guildscope/metrics/snapshot_testing.hpp"
#include "guildscope/profiling/system_metrics.hpp"
#include "guildscope/testing/recorded_metrics.hpp"

namespace guildscope::profiling {
namespace {

using namespace std::chrono_literals;

constexpr double kMebibyte = 1024 * 1024;
constexpr std::size_t kBlock = 64U * 1024U * 1024U;

class ThisProcessTest : public ::testing::Test {
 protected:
  // The first reading has the reading threads take what they need for themselves, 64 MiB of addresses among it.
  ThisProcessTest() { (void)registry_.Collect(); }
  double Value(std::string_view name, const std::vector<std::string>& labels = {}) {
    return guildscope::testing::ValueOf(registry_, name, labels);
  }
  double Memory(const std::string& type) { return Value("disruptor.system.memory", {type}); }
  /// False under a sanitizer, which has an allocator of its own.
  static bool HasHeap() { return ReadHeap().has_value(); }
  void ExpectNoHeap() {
    for (const auto& [labels, value] : metrics::Values(registry_.Collect(), "disruptor.system.memory")) {
      EXPECT_FALSE(labels.starts_with("heap_")) << labels << ' ' << value;
    }
  }

  metrics::Registry registry_;
  Readings readings_{Sources::Real(), RealClock(), {.fresh_for = 0ms, .patience = 20s}};
  SystemMetrics metrics_{registry_, readings_};
};

double Seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + time.tv_usec / 1e6; }

std::ptrdiff_t CountEntries(const char* folder) {
  return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
}

/// The first two numbers of /proc/self/statm, in bytes: addresses, and memory.
std::pair<double, double> Sizes() {
  double addresses = 0;
  double resident = 0;
  std::ifstream("/proc/self/statm") >> addresses >> resident;
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  return {addresses * page, resident * page};
}

TEST_F(ThisProcessTest, HasTheSizesThatStatmSays) {
  // Reading takes memory too, under a sanitizer a lot: the values lie between what is said before and after.
  const auto before = Sizes();
  const double addresses = Value("process.memory.virtual");
  const double resident = Value("process.memory.usage");
  const auto after = Sizes();
  EXPECT_GE(addresses, before.first - 4 * kMebibyte);
  EXPECT_LE(addresses, after.first + 4 * kMebibyte);
  EXPECT_GE(resident, before.second - 4 * kMebibyte);
  EXPECT_LE(resident, after.second + 4 * kMebibyte);
  const double uss = Value("process.memory.uss");
  EXPECT_GT(uss, 0.05 * kMebibyte);
  EXPECT_LT(uss, Value("process.memory.usage") + kMebibyte);
}

TEST_F(ThisProcessTest, UsedWhatGetrusageSays) {
  for (volatile int i = 0; i < 20'000'000;) i = i + 1;
  rusage before{};
  rusage after{};
  getrusage(RUSAGE_SELF, &before);
  const double user = Value("process.cpu.time", {"user"});
  const double system = Value("process.cpu.time", {"system"});
  const double minor = Value("process.paging.faults", {"minor"});
  const double voluntary = Value("process.context_switches", {"voluntary"});
  const double involuntary = Value("process.context_switches", {"involuntary"});
  getrusage(RUSAGE_SELF, &after);
  const auto between = [](double value, double low, double high) { return value >= low && value <= high; };
  EXPECT_TRUE(between(user, Seconds(before.ru_utime), Seconds(after.ru_utime))) << user;
  EXPECT_TRUE(between(system, Seconds(before.ru_stime), Seconds(after.ru_stime))) << system;
  EXPECT_TRUE(between(minor, before.ru_minflt, after.ru_minflt)) << minor;
  EXPECT_TRUE(between(voluntary, before.ru_nvcsw, after.ru_nvcsw)) << voluntary;
  EXPECT_TRUE(between(involuntary, before.ru_nivcsw, after.ru_nivcsw)) << involuntary;
}

TEST_F(ThisProcessTest, HasTheDescriptorsThatItOpened) {
  // The listing of this test has one of its own while it reads.
  const auto before = static_cast<double>(CountEntries("/proc/self/fd")) - 1;
  EXPECT_EQ(Value("process.unix.file_descriptor.count"), before);
  std::vector<int> opened;
  for (int i = 0; i < 5; ++i) opened.push_back(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(Value("process.unix.file_descriptor.count"), before + 5);
  for (const int file : opened) close(file);
  EXPECT_EQ(Value("process.unix.file_descriptor.count"), before);
}

TEST_F(ThisProcessTest, HasTheFilesystemThatItRunsOn) {
  const auto space = std::filesystem::space("/");
  // Others write to it too.
  EXPECT_NEAR(Value("disruptor.system.filesystem", {"/", "free"}), static_cast<double>(space.available),
              512 * kMebibyte);
  EXPECT_NEAR(Value("disruptor.system.filesystem", {"/", "used"}), static_cast<double>(space.capacity - space.free),
              512 * kMebibyte);
}

TEST_F(ThisProcessTest, TheHeapGrowsByWhatIsAllocatedAndShrinksByWhatIsFreed) {
  if (!HasHeap()) return ExpectNoHeap();
  const double alloc = Memory("heap_alloc");
  const double sys = Memory("heap_sys");
  const double rss = Value("process.memory.usage");
  const double uss = Value("process.memory.uss");
  const double total = Memory("total_alloc");
  auto block = std::make_unique<char[]>(kBlock);
  std::memset(block.get(), 1, kBlock);
  EXPECT_NEAR(Memory("heap_alloc") - alloc, kBlock, kMebibyte);
  EXPECT_NEAR(Memory("heap_sys") - sys, kBlock, kMebibyte);
  EXPECT_NEAR(Value("process.memory.usage") - rss, kBlock, 2 * kMebibyte);
  EXPECT_NEAR(Value("process.memory.uss") - uss, kBlock, 2 * kMebibyte);
  EXPECT_NEAR(Memory("total_alloc") - total, kBlock, kMebibyte);
  EXPECT_GE(Memory("sys"), Memory("heap_sys"));
  block.reset();
  EXPECT_NEAR(Memory("heap_alloc"), alloc, kMebibyte);
  EXPECT_NEAR(Value("process.memory.usage"), rss, 2 * kMebibyte);
  EXPECT_NEAR(Memory("total_alloc") - total, kBlock, kMebibyte) << "it was allocated once";
}

TEST_F(ThisProcessTest, SmallBlocksThatAreFreedAreIdleOrGivenBack) {
  if (!HasHeap()) return ExpectNoHeap();
  constexpr std::size_t kSmall = 1024;
  const double alloc = Memory("heap_alloc");
  std::vector<std::unique_ptr<char[]>> blocks(kBlock / kSmall);
  for (auto& block : blocks) block = std::make_unique<char[]>(kSmall);
  const double kept = Memory("heap_idle") + Memory("heap_released");
  EXPECT_GT(Memory("heap_alloc") - alloc, kBlock);
  EXPECT_NEAR(Memory("heap_alloc") + Memory("heap_idle"), Memory("heap_sys"), kMebibyte);
  blocks.clear();
  blocks.shrink_to_fit();
  EXPECT_NEAR(Memory("heap_alloc"), alloc, kMebibyte);
  EXPECT_GT(Memory("heap_idle") + Memory("heap_released") - kept, 0.9 * kBlock);
}

TEST_F(ThisProcessTest, SeesThreadsAndTheirStacks) {
  constexpr std::size_t kThreads = 8;
  constexpr std::size_t kTouched = 1024U * 1024U;
  const double threads = Value("disruptor.system.threads");
  EXPECT_EQ(threads, static_cast<double>(CountEntries("/proc/self/task")));
  const double stack_sys = Memory("stack_sys");
  const double stack_inuse = Memory("stack_inuse");
  std::latch used{kThreads};
  std::latch end{1};
  {
    std::vector<std::jthread> all;
    for (std::size_t i = 0; i < kThreads; ++i) {
      all.emplace_back([&] {
        volatile char deep[kTouched];
        for (std::size_t at = 0; at < kTouched; at += 1024) deep[at] = 1;
        EXPECT_EQ(deep[0], 1);
        used.count_down();
        end.wait();
      });
    }
    used.wait();
    EXPECT_EQ(Value("disruptor.system.threads"), threads + kThreads);
    EXPECT_EQ(Value("disruptor.system.goroutines"), threads + kThreads);
    const double size = static_cast<double>(kThreads * StackReader::DefaultSize());
    // A thread may be on its way into its wait, and is then not seen: ask until it is.
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (Memory("stack_sys") - stack_sys < 0.99 * size && std::chrono::steady_clock::now() < deadline) {
    }
    EXPECT_NEAR(Memory("stack_sys") - stack_sys, size, 0.01 * size);
    EXPECT_GE(Memory("stack_inuse") - stack_inuse, kThreads * kTouched);
    EXPECT_LT(Memory("stack_inuse") - stack_inuse, size / 2) << "what was not touched takes up no memory";
    end.count_down();
  }
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (Value("disruptor.system.threads") > threads && std::chrono::steady_clock::now() < deadline) {
  }
  EXPECT_EQ(Value("disruptor.system.threads"), threads);
  EXPECT_NEAR(Memory("stack_sys"), stack_sys, kMebibyte);
}

}  // namespace
}  // namespace guildscope::profiling
