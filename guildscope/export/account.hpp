#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "guildscope/export/loss.hpp"

namespace guildscope::exporting {

/// Where every item of one signal went: recorded = delivered + lost, for each reason, + waiting + in flight.
///
/// It outlives the pipeline that writes it, so that what a shutdown lost can still be read.
/// Cost: one relaxed addition a call. Threads: any.
class Account {
 public:
  /// Lost before an exporter saw it.
  void NotSubmitted(Loss why, std::uint64_t items = 1) noexcept { Add(not_submitted_, why, items); }

  void Submitted(std::uint64_t items) noexcept { submitted_.fetch_add(items, std::memory_order_relaxed); }
  void Delivered(std::uint64_t items) noexcept { delivered_.fetch_add(items, std::memory_order_relaxed); }
  void Failed(Loss why, std::uint64_t items) noexcept { Add(failed_, why, items); }

  [[nodiscard]] std::uint64_t not_submitted(Loss why) const noexcept { return Read(not_submitted_, why); }
  [[nodiscard]] std::uint64_t submitted() const noexcept { return submitted_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t delivered() const noexcept { return delivered_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t failed(Loss why) const noexcept { return Read(failed_, why); }

  [[nodiscard]] std::uint64_t in_flight() const noexcept {
    std::uint64_t settled = delivered();
    for (const Loss why : kLosses) settled += failed(why);
    const std::uint64_t all = submitted();
    return all > settled ? all - settled : 0;
  }

  [[nodiscard]] std::uint64_t lost(Loss why) const noexcept { return not_submitted(why) + failed(why); }
  [[nodiscard]] std::uint64_t lost() const noexcept {
    std::uint64_t sum = 0;
    for (const Loss why : kLosses) sum += lost(why);
    return sum;
  }

 private:
  using Counts = std::array<std::atomic<std::uint64_t>, kLosses.size()>;

  static void Add(Counts& counts, Loss why, std::uint64_t items) noexcept {
    counts[static_cast<std::size_t>(why)].fetch_add(items, std::memory_order_relaxed);
  }
  static std::uint64_t Read(const Counts& counts, Loss why) noexcept {
    return counts[static_cast<std::size_t>(why)].load(std::memory_order_relaxed);
  }

  Counts not_submitted_{};
  Counts failed_{};
  std::atomic<std::uint64_t> submitted_{0};
  std::atomic<std::uint64_t> delivered_{0};
};

}  // namespace guildscope::exporting
