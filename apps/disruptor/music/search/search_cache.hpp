#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "apps/disruptor/music/media.hpp"
#include "guildscope/base/clock.hpp"

namespace disruptor::music {

/// What words led to, for a while: YouTube lets a key search 100 times a day. The least recently used goes first.
///
/// Cost: a lock and a look-up; less than a KiB an entry. Threads: any. Lifetime: the clock must outlive it.
class SearchCache {
 public:
  /// `size` 0: keeps nothing.
  SearchCache(std::size_t size, std::chrono::milliseconds lifetime, const guildscope::Clock& clock)
      : size_(size), lifetime_(lifetime), clock_(clock) {}

  [[nodiscard]] std::optional<Track> Find(const std::string& words);
  void Keep(const std::string& words, const Track& track);

 private:
  struct Entry {
    std::string words;
    Track track;
    std::chrono::steady_clock::time_point end;
  };

  const std::size_t size_;
  const std::chrono::milliseconds lifetime_;
  const guildscope::Clock& clock_;
  std::mutex mutex_;
  std::list<Entry> entries_;                                               // guarded by mutex_; the latest used first
  std::unordered_map<std::string, std::list<Entry>::iterator> positions_;  // guarded by mutex_
};

}  // namespace disruptor::music
