#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apps/disruptor/music/audio/cache_folder.hpp"
#include "apps/disruptor/music/audio/cache_index.hpp"
#include "apps/disruptor/music/audio/options.hpp"
#include "apps/disruptor/music/media.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/logging/logger.hpp"

namespace disruptor::music {

/// What a clean-up removed.
struct CleanedUp {
  std::uint64_t evicted = 0;    ///< Files over the quota, least recently used first.
  std::uint64_t missing = 0;    ///< Rows whose file was gone.
  std::uint64_t damaged = 0;    ///< Files of another size than they had.
  std::uint64_t orphans = 0;    ///< Files that the index does not know.
  std::uint64_t forgotten = 0;  ///< Rows of other folders that nobody has used for long.
  std::uint64_t bytes = 0;      ///< That the files had.
};

/// Files of Ogg Opus in a folder, under a quota of bytes, with their index in the database.
///
/// The files are the folder's, the rows say what is in them: a row without its file is a miss, and goes; a file without
/// a row is removed by CleanUp after a grace time; a file is looked at when it is found (its size, and, when it is not
/// as it was when that was last done, every page of it), and goes when it is damaged. Files are named by the SHA-256 of
/// their key, written elsewhere, synced and renamed, before their row is written, so a crash leaves a file without a
/// row at worst. The quota is never exceeded: what was not used for the longest time makes room, but for what somebody
/// holds.
///
/// Cost: a statement to find a file, a few more to put one in, under one lock; a new or changed file is read once.
/// Threads: any. Lifetime: the database must outlive it. The files that it gave may outlive it.
class AudioCache {
 public:
  /// Opens the folder, and says what is in it. Throws std::runtime_error when that is not possible (see CacheFolder),
  /// and DatabaseError.
  AudioCache(const AudioOptions& options, Database& database, const guildscope::Clock& clock,
             guildscope::logging::Logger logger);
  AudioCache(const AudioCache&) = delete;
  AudioCache& operator=(const AudioCache&) = delete;

  /// Null when it is not there, or not any more as it was. Throws DatabaseError.
  [[nodiscard]] AudioFilePtr Find(std::string_view key);

  /// Makes room for a file of about this size. Throws MediaError when everything is held, or the disk is full.
  void MakeRoom(std::uint64_t bytes);

  /// Checks the file, which must lie in a Scratch, and takes it. Throws MediaError when it is not what it should be or
  /// does not fit, and DatabaseError; then nothing of it is left in the cache.
  [[nodiscard]] AudioFilePtr Put(std::string_view key, std::string_view title, const std::filesystem::path& made);

  /// A folder of its own on the cache's filesystem, for work that is under way.
  [[nodiscard]] Scratch MakeScratch() { return Scratch(folder_.scratch()); }

  /// Throws DatabaseError.
  CleanedUp CleanUp();

  /// What the index says, as of the last change.
  [[nodiscard]] CacheTotals totals() const noexcept { return {files_.load(), bytes_.load()}; }
  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return folder_.directory(); }

 private:
  struct Evicted {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    bool fits = false;  ///< Under the quota; how full the disk is does not count.
  };

  AudioFilePtr Hold(const CacheEntry& entry, bool anew = false);  // with mutex_ held, as all below
  bool IsHeld(const std::string& file) const;
  void Remove(const CacheEntry& entry);
  /// Files that no entry knows. `entries`: those that there were.
  void RemoveOrphans(const std::vector<CacheEntry>& entries, CleanedUp& done);
  Evicted Evict(std::uint64_t bytes);
  void Recount();

  AudioFilePtr Store(const CacheEntry& entry, const std::filesystem::path& made);  // takes mutex_
  /// Throws OggError when the file is not as it was.
  void Inspect(const CacheEntry& entry);  // takes mutex_

  const AudioOptions options_;
  const guildscope::Clock& clock_;
  const guildscope::logging::Logger logger_;
  const CacheFolder folder_;
  CacheIndex index_;
  std::atomic<std::uint64_t> files_{0};
  std::atomic<std::uint64_t> bytes_{0};

  std::mutex mutex_;
  /// By CacheEntry::file; several when a file was replaced while somebody held it, the newest last.
  std::unordered_map<std::string, std::vector<std::weak_ptr<const AudioFile>>> held_;  // guarded by mutex_
  std::unordered_map<std::string, FileStamp> whole_;  // guarded by mutex_; as they were when read
};

}  // namespace disruptor::music
