#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/metrics/descriptor.hpp"
#include "guildscope/metrics/snapshot.hpp"

/// The inside of a registry: what a handle points to.
namespace guildscope::metrics {

class Family;

/// The label values of a series in one string, parted by 0xFF: a byte that valid UTF-8 never has.
inline constexpr char kValueSeparator = '\xFF';
[[nodiscard]] std::string PackValues(std::span<const std::string_view> values);
[[nodiscard]] std::vector<std::string> UnpackValues(std::string_view packed, std::size_t count);
[[nodiscard]] std::string_view PackedValue(std::string_view packed, std::size_t index) noexcept;

/// The cells of one series. Its family and each handle hold a reference; the last one frees it.
///
/// A *hidden* series was removed while handles were bound to it. Its next write shows it again, as a new series:
/// counters and histograms from zero, gauges and up-down counters from the level they are at (a job that was running
/// when its series was removed still ends, and must not leave -1 behind).
///
/// Threads: writes are lock-free and may come from any thread. What the family's mutex guards is marked.
class Series {
 public:
  Series(Family& family, std::string packed_values, std::size_t hash, std::chrono::system_clock::time_point start,
         bool overflow);
  Series(const Series&) = delete;
  Series& operator=(const Series&) = delete;

  void AddCount(std::uint64_t amount) noexcept;
  void AddLevel(std::int64_t amount) noexcept;
  void SetValue(double value) noexcept;
  void AddValue(double amount) noexcept;
  void Record(double value) noexcept;

  [[nodiscard]] std::uint64_t Count() const noexcept { return bits_.load(std::memory_order_relaxed); }
  [[nodiscard]] double Value() const noexcept;
  [[nodiscard]] std::uint64_t HistogramCount() const noexcept;
  /// Fills the value fields of the point.
  void Read(Point& point) const;

  void Retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  /// Returns whether that was the last one; the caller then deletes the series.
  [[nodiscard]] bool Release() noexcept { return references_.fetch_sub(1, std::memory_order_acq_rel) == 1; }
  /// Only the family refers to it. Under the family's exclusive lock nobody can change that.
  [[nodiscard]] bool Unbound() const noexcept { return references_.load(std::memory_order_acquire) == 1; }

  /// Under the family's exclusive lock.
  void Hide(std::chrono::system_clock::time_point now) noexcept;
  /// Ends the hiding if something was written since; true when the series is to be seen. Under the family's lock.
  bool Visible() noexcept;
  /// False when nothing was written since the last call. Under the family's exclusive lock.
  [[nodiscard]] bool WrittenSinceWatched() noexcept;
  /// Ends the hiding, and counts as a write for idleness.
  void Show() noexcept { flags_.fetch_and(kOverflow, std::memory_order_relaxed); }
  [[nodiscard]] bool hidden() const noexcept { return (flags_.load(std::memory_order_relaxed) & kHidden) != 0; }

  [[nodiscard]] Family& family() const noexcept { return family_; }
  [[nodiscard]] const std::string& packed_values() const noexcept { return packed_values_; }
  [[nodiscard]] std::size_t hash() const noexcept { return hash_; }
  /// Guarded by the family's mutex.
  [[nodiscard]] std::chrono::system_clock::time_point start() const noexcept { return start_; }
  /// When a write was last noticed. Guarded by the family's mutex, as is all that has to do with idleness.
  [[nodiscard]] std::chrono::steady_clock::time_point last_write() const noexcept { return last_write_; }
  void set_last_write(std::chrono::steady_clock::time_point time) noexcept { last_write_ = time; }

 private:
  static constexpr std::uint8_t kHidden = 1;
  static constexpr std::uint8_t kOverflow = 2;
  static constexpr std::uint8_t kWatched = 4;

  // The one branch that every write pays for hiding, for noticing idleness and for counting what was folded.
  void Written() noexcept {
    if (flags_.load(std::memory_order_relaxed) != 0) WrittenWhileFlagged();
  }
  void WrittenWhileFlagged() noexcept;

  Family& family_;
  std::atomic<std::uint64_t> bits_{0};  // a count, a level, or a double; a histogram's sum
  std::unique_ptr<std::atomic<std::uint64_t>[]> buckets_;
  std::atomic<std::uint8_t> flags_;
  std::atomic<std::uint32_t> references_{1};
  std::size_t hash_;
  std::string packed_values_;
  std::chrono::system_clock::time_point start_;
  std::chrono::steady_clock::time_point last_write_;
};

}  // namespace guildscope::metrics
