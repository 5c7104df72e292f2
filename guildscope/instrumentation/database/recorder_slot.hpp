#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace guildscope::database {

class StatementRecorder;

/// Where the functions that stand in front of a database library find the recorder: the one thing that cannot be passed
/// to them. Each library has one, constant-initialized, because a statement may run before and after everything else.
///
/// Cost: Use is about 10 ns, on a cache line that few threads share. Threads: any. Lifetime: the process.
class RecorderSlot {
 public:
  /// Holds the recorder in place while it is used. Keep it for as long as a statement's start or end takes, never while
  /// the database works.
  class [[nodiscard]] Use {
   public:
    explicit Use(RecorderSlot& slot) noexcept;
    ~Use() { users_.fetch_sub(1, std::memory_order_release); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    explicit operator bool() const noexcept { return recorder_ != nullptr; }
    StatementRecorder* operator->() const noexcept { return recorder_; }
    StatementRecorder& operator*() const noexcept { return *recorder_; }
    /// Another number for each recorder that was ever set: what one recorder gave is nothing to the next.
    [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

   private:
    std::atomic<int>& users_;
    StatementRecorder* recorder_;
    std::uint64_t generation_ = 0;
  };

  constexpr RecorderSlot() noexcept = default;

  /// Throws std::logic_error when there is one already: a statement would have to be counted twice.
  void Set(StatementRecorder& recorder);

  /// Returns when nobody uses the recorder any more.
  void Clear() noexcept;

  /// A look without holding it, to leave at once where nothing is instrumented.
  [[nodiscard]] bool empty() const noexcept { return recorder_.load(std::memory_order_relaxed) == nullptr; }

  /// Of the last recorder that was set.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_relaxed); }

 private:
  struct alignas(64) Users {
    std::atomic<int> count{0};
  };
  static constexpr std::size_t kShards = 16;

  std::atomic<StatementRecorder*> recorder_{nullptr};
  std::atomic<std::uint64_t> generation_{0};
  std::array<Users, kShards> users_{};
  std::mutex setting_;
};

}  // namespace guildscope::database
