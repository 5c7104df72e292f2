#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/disruptor/database/database.hpp"

namespace disruptor::music {

/// A row of the table audio_cache: a file that the cache holds.
struct CacheEntry {
  std::string key;
  std::string file;  ///< Its path below the cache's folder.
  std::uint64_t bytes = 0;
  std::chrono::milliseconds length{0};
  std::string title;
};

struct CacheTotals {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

/// The rows of one cache folder. Processes that share a database have a folder, and so rows, each: the folder's own id
/// is part of the rows' key, so nobody sees, counts or removes what lies on another disk.
///
/// Cost: one statement a call. Threads: any. Lifetime: the database must outlive it. Everything throws DatabaseError.
class CacheIndex {
 public:
  using Time = std::chrono::system_clock::time_point;

  CacheIndex(Database& database, std::string cache_id) noexcept : database_(database), cache_id_(std::move(cache_id)) {}

  /// The entry, noted as used now.
  [[nodiscard]] std::optional<CacheEntry> Use(std::string_view key, Time now);
  /// In the place of the entry with that key, if there is one.
  void Write(const CacheEntry& entry, Time now);
  void Remove(std::string_view key);

  [[nodiscard]] CacheTotals Totals();
  /// At most `limit` of those that were not used for the longest time, after passing over the first `skip`.
  [[nodiscard]] std::vector<CacheEntry> LeastRecentlyUsed(std::size_t limit, std::size_t skip);
  [[nodiscard]] std::vector<CacheEntry> ReadAll();

  /// Removes the rows of other folders that were not used since then: their processes may be gone for good. Returns how
  /// many.
  /// A file whose row went this way is found by its own process as one that nobody knows.
  std::uint64_t Forget(Time unused_since);

 private:
  Database& database_;
  const std::string cache_id_;
};

}  // namespace disruptor::music
