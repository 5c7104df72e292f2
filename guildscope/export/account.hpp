#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "guildscope/export/loss.hpp"

namespace guildscope::exporting {

/// Where every item of one signal went: recorded = delivered + lost, for each reason, + waiting + in flight.
///
/// With a spool: recorded + inherited = delivered + lost + waiting + in flight + spooled. What an earlier process left
/// behind is inherited; what this one leaves behind is spooled.
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

  /// Something may be kept on disk.
  void UseSpool() noexcept { has_spool_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool has_spool() const noexcept { return has_spool_.load(std::memory_order_relaxed); }
  /// Kept on disk by an earlier process.
  void Inherited(std::uint64_t items) noexcept {
    inherited_.fetch_add(items, std::memory_order_relaxed);
    Spooled(items);
  }
  /// Kept on disk, and not there any more: then it is delivered or failed, too.
  void Spooled(std::uint64_t items) noexcept { spooled_.fetch_add(items, std::memory_order_relaxed); }
  void Unspooled(std::uint64_t items) noexcept { unspooled_.fetch_add(items, std::memory_order_relaxed); }
  /// Delivered, and perhaps not for the first time: an attempt before ended without an answer.
  void Resent(std::uint64_t items) noexcept { resent_.fetch_add(items, std::memory_order_relaxed); }

  /// Delivered from the disk.
  void Replayed(std::uint64_t items) noexcept { replayed_.fetch_add(items, std::memory_order_relaxed); }

  [[nodiscard]] std::uint64_t replayed() const noexcept { return replayed_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t inherited() const noexcept { return inherited_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t resent() const noexcept { return resent_.load(std::memory_order_relaxed); }
  /// On disk now.
  [[nodiscard]] std::uint64_t spooled() const noexcept {
    const std::uint64_t out = unspooled_.load(std::memory_order_relaxed);
    const std::uint64_t in = spooled_.load(std::memory_order_relaxed);
    return in > out ? in - out : 0;
  }

  [[nodiscard]] std::uint64_t not_submitted(Loss why) const noexcept { return Read(not_submitted_, why); }
  [[nodiscard]] std::uint64_t submitted() const noexcept { return submitted_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t delivered() const noexcept { return delivered_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t failed(Loss why) const noexcept { return Read(failed_, why); }

  [[nodiscard]] std::uint64_t in_flight() const noexcept {
    std::uint64_t settled = delivered() + spooled();
    for (const Loss why : kLosses) settled += failed(why);
    const std::uint64_t all = submitted() + inherited();
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
  std::atomic<std::uint64_t> inherited_{0};
  std::atomic<std::uint64_t> spooled_{0};
  std::atomic<std::uint64_t> unspooled_{0};
  std::atomic<bool> has_spool_{false};
  std::atomic<std::uint64_t> replayed_{0};
  std::atomic<std::uint64_t> resent_{0};
};

}  // namespace guildscope::exporting
