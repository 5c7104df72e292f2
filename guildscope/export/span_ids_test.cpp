#include "guildscope/export/span_ids.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <set>
#include <thread>
#include <vector>

namespace guildscope::exporting {
namespace {

TEST(SpanIds, DoNotRepeatAcrossThreads) {
  std::vector<std::vector<SpanIdBytes>> drawn(4);
  std::vector<std::thread> threads;
  for (auto& ids : drawn) {
    threads.emplace_back([&ids] {
      for (int i = 0; i < 10'000; ++i) ids.push_back(NewSpanId());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<SpanIdBytes> known;
  for (const auto& ids : drawn) known.insert(ids.begin(), ids.end());
  EXPECT_EQ(known.size(), 40'000);
}

TEST(SpanIds, AreEvenlySpread) {
  std::array<int, 192> ones{};
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    const auto trace = NewTraceId();
    const auto span = NewSpanId();
    for (std::size_t bit = 0; bit < 192; ++bit) {
      const std::uint8_t byte = bit < 128 ? trace[bit / 8] : span[(bit - 128) / 8];
      ones[bit] += byte >> (bit % 8) & 1;
    }
  }
  for (const int count : ones) EXPECT_NEAR(count, kDraws / 2.0, 500);
}

TEST(SpanIds, AProcessThatWasForkedDrawsOthers) {
  (void)NewTraceId();
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto id = NewTraceId();
    _exit(write(ends[1], id.data(), id.size()) == static_cast<ssize_t>(id.size()) ? 0 : 1);
  }
  TraceIdBytes from_child{};
  ASSERT_EQ(read(ends[0], from_child.data(), from_child.size()), static_cast<ssize_t>(from_child.size()));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_NE(from_child, NewTraceId());
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace guildscope::exporting
