#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "guildscope/metrics/series.hpp"

namespace guildscope::metrics {

/// Finds the series of a family by their label values, without a lock: open addressing, with entries of four bytes
/// (where the series is, and a few bits of its hash).
///
/// Threads: Find may run in any thread inside an internal::ReadSection, or while nothing can be erased; the rest under
/// one mutex. A series that was erased, and an array that was outgrown, may be freed after an internal::Synchronize.
class SeriesTable {
 public:
  SeriesTable();

  [[nodiscard]] Series* Find(std::span<const std::string_view> values) const noexcept {
    const std::uint64_t hash = HashValues(values, seed_);
    const Slots* slots = slots_.load();
    for (std::size_t i = hash & slots->mask;; i = (i + 1) & slots->mask) {
      const std::uint32_t entry = slots->entries[i].load();
      if (entry == kEmpty) return nullptr;
      if (entry >> internal::kBlockRefBits != Tag(hash) || entry == kErased) continue;
      Series* series = SeriesAt(entry);
      if (PackedEquals(series->packed_values(), values)) return series;
    }
  }

  /// Makes room for one more; the next Insert cannot fail. Throws std::bad_alloc.
  void Reserve();
  void Insert(Series& series) noexcept;
  void Erase(const Series& series) noexcept;

  /// Any thread.
  [[nodiscard]] std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
  /// What was outgrown since the last call.
  struct Slots;
  [[nodiscard]] std::vector<std::unique_ptr<Slots>> TakeOutgrown() noexcept { return std::move(outgrown_); }

  template <typename Visit>
  void ForEach(Visit visit) const {
    const Slots& slots = *current_;
    for (std::size_t i = 0; i <= slots.mask; ++i) {
      const std::uint32_t entry = slots.entries[i].load(std::memory_order_relaxed);
      if (entry != kEmpty && entry != kErased) visit(*SeriesAt(entry));
    }
  }

  struct Slots {
    explicit Slots(std::size_t capacity)
        : mask(capacity - 1), entries(std::make_unique<std::atomic<std::uint32_t>[]>(capacity)) {}
    const std::size_t mask;
    const std::unique_ptr<std::atomic<std::uint32_t>[]> entries;
  };

 private:
  static constexpr std::uint32_t kEmpty = 0;
  static constexpr std::uint32_t kErased = 1;  // no block is there
  static_assert(kErased < internal::kFirstBlock);

  [[nodiscard]] static std::uint32_t Tag(std::uint64_t hash) noexcept {
    return static_cast<std::uint32_t>(hash >> (32 + internal::kBlockRefBits));
  }
  [[nodiscard]] static Series* SeriesAt(std::uint32_t entry) noexcept {
    constexpr std::uint32_t kRefMask = (std::uint32_t{1} << internal::kBlockRefBits) - 1;
    return static_cast<Series*>(internal::At(entry & kRefMask));
  }
  void Put(Slots& slots, const Series& series) noexcept;

  const std::uint64_t seed_;
  std::atomic<std::size_t> size_{0};
  std::size_t used_ = 0;  // entries that are not empty
  std::unique_ptr<Slots> current_;
  std::atomic<Slots*> slots_;  // current_, for those who find
  std::vector<std::unique_ptr<Slots>> outgrown_;
};

}  // namespace guildscope::metrics
