#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "guildscope/logging/level_counts.hpp"
#include "guildscope/logging/logger.hpp"

namespace guildscope::logging {

/// Bytes of records on their way from many threads to one: a ring of fixed size in which each record lies in one piece.
/// Who is less important must leave room: DEBUG may fill half of it, INFO 70 %, WARNING 85 %, ERROR and CRITICAL all,
/// so an error is never refused because of lower lines. The limits hold for the bytes and for the number of records
/// (which threads that push at the same instant may pass by one each).
///
/// Cost: a push is one exchange, the copy, and a store; it never waits and never allocates. The memory is taken once,
/// and becomes real as it is used.
/// Threads: TryPush from any; Front and Pop from one.
class RecordRing {
 public:
  /// `bytes` is rounded up to a power of two, at least kSmallest.
  RecordRing(std::size_t max_records, std::size_t bytes);

  static constexpr std::size_t kSmallest = 4'096;

  /// The longest record that is ever taken: a quarter of the ring.
  [[nodiscard]] std::size_t longest() const noexcept { return capacity_ / 4 - kHeader; }

  /// Calls `fill(char* to)` with `size` bytes to write. False when there is no room for a record of this level.
  template <typename Fill>
  bool TryPush(Level level, std::size_t size, Fill&& fill) noexcept {
    char* const to = Reserve(level, size);
    if (to == nullptr) return false;
    fill(to);
    Commit(to, level, size);
    return true;
  }

  /// The oldest record, until Pop; empty when there is none (no record is).
  [[nodiscard]] std::string_view Front() noexcept;
  void Pop() noexcept;
  /// Adds what lies in the ring to `counts`, by level. Beside a reader that does not move.
  void Count(LevelCounts& counts) noexcept;

  /// Where the next record will lie, and up to where all were taken out: both only grow.
  [[nodiscard]] std::uint64_t pushed_bytes() const noexcept { return head_.load(); }
  [[nodiscard]] std::uint64_t popped_bytes() const noexcept { return tail_.load(); }

  [[nodiscard]] std::size_t records() const noexcept;
  [[nodiscard]] bool quarter_full() const noexcept { return pushed_bytes() - popped_bytes() > capacity_ / 4; }

 private:
  /// In front of each record: its length, and above that its level. 0: nothing there, or not yet written.
  using Header = std::atomic<std::uint64_t>;
  static constexpr std::size_t kHeader = sizeof(Header);
  static constexpr unsigned kLevelShift = 48;
  static constexpr std::uint64_t kLengthMask = (std::uint64_t{1} << kLevelShift) - 1;
  static constexpr std::uint64_t kPadding = std::uint64_t{1} << 63;  // no record, but what is left before the end
  static constexpr std::size_t kCacheLine = 64;
  struct Free {
    void operator()(char* bytes) const noexcept { std::free(bytes); }
  };

  [[nodiscard]] char* Reserve(Level level, std::size_t size) noexcept;
  void Commit(char* to, Level level, std::size_t size) noexcept;
  [[nodiscard]] Header& HeaderAt(std::uint64_t position) noexcept;
  [[nodiscard]] static std::size_t Whole(std::size_t size) noexcept { return (kHeader + size + 7) / 8 * 8; }
  /// Frees the front.
  void Release(std::size_t bytes) noexcept;

  const std::size_t capacity_;
  const std::unique_ptr<char, Free> bytes_;
  LevelCounts max_bytes_{};
  LevelCounts max_records_{};
  alignas(kCacheLine) std::atomic<std::uint64_t> head_{0};
  std::atomic<std::uint64_t> pushed_{0};  // records
  alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0};
  std::atomic<std::uint64_t> popped_{0};  // records
};

}  // namespace guildscope::logging
