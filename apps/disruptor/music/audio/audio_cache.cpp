#include "apps/disruptor/music/audio/audio_cache.hpp"

#include <algorithm>
#include <system_error>
#include <unordered_set>

#include "apps/disruptor/music/ogg/ogg_opus_reader.hpp"
#include "guildscope/base/utf8.hpp"

namespace disruptor::music {
namespace {

using Type = MediaError::Type;

constexpr std::size_t kEvictionBatch = 32;
constexpr const char* kFull = "The bot's cache is full with what waits to be played. Try it later.";

/// A text that both databases take.
std::string ToColumn(std::string_view text) {
  std::string column = guildscope::ToUtf8(text);
  std::erase(column, '\0');
  return column;
}

/// Throws MediaError when a file is not what the player plays.
OggOpusFacts Check(const std::filesystem::path& file, std::chrono::milliseconds max_length) {
  OggOpusFacts facts;
  try {
    facts = MeasureOggOpus(file);
  } catch (const OggError& error) {
    throw MediaError(Type::kInternal, std::string("The bot made a file that it cannot play: ") + error.what() + ".");
  }
  if (facts.head.channels != 2 || !facts.all_20_ms) {
    throw MediaError(Type::kInternal, "The bot made a file that it cannot play: not stereo in frames of 20 ms.");
  }
  if (facts.length <= std::chrono::milliseconds(0)) throw MediaError(Type::kBadMedia, "There is no sound in it.");
  if (facts.length > max_length) throw MediaError(Type::kTooLarge, "That is longer than I may play.");
  return facts;
}

}  // namespace

AudioCache::AudioCache(const AudioOptions& options, Database& database, const guildscope::Clock& clock,
                       guildscope::logging::Logger logger)
    : options_(options),
      clock_(clock),
      logger_(std::move(logger)),
      folder_(options.cache_directory),
      index_(database, folder_.id()) {
  Recount();
}

AudioFilePtr AudioCache::Find(std::string_view key) {
  CacheEntry entry;
  AudioFilePtr file;
  {
    const std::lock_guard lock(mutex_);
    auto found = index_.Use(key, clock_.Now());
    if (!found) return nullptr;
    entry = std::move(*found);
    file = Hold(entry);  // before the lock is released: what is held is not evicted
  }
  try {
    Inspect(entry);
    return file;
  } catch (const OggError& error) {
    logger_.Warning("the cached file {} is {}: {}", entry.file, error.damaged() ? "dropped" : "not used", error.what());
    if (!error.damaged()) return nullptr;
  }
  const std::lock_guard lock(mutex_);
  // Somebody may have put a new one in its place meanwhile.
  const auto held = held_.find(entry.file);
  if (held != held_.end() && held->second.back().lock() == file) {
    held_.erase(held);
    Remove(entry);
    Recount();
  }
  return nullptr;
}

void AudioCache::Inspect(const CacheEntry& entry) {
  const auto stamp = folder_.Stamp(entry.file);
  if (!stamp) throw OggError("it is not there");
  if (stamp->bytes != entry.bytes) {
    throw OggError("it has " + std::to_string(stamp->bytes) + " bytes instead of " + std::to_string(entry.bytes));
  }
  {
    const std::lock_guard lock(mutex_);
    const auto known = whole_.find(entry.file);
    if (known != whole_.end() && known->second == *stamp) return;
  }
  (void)MeasureOggOpus(folder_.directory() / entry.file);
  const std::lock_guard lock(mutex_);
  whole_[entry.file] = *stamp;
}

void AudioCache::MakeRoom(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  const Evicted evicted = Evict(bytes);
  if (evicted.files > 0) Recount();
  if (!evicted.fits) throw MediaError(Type::kInternal, kFull);
  const auto free = folder_.FreeBytes();
  if (free && *free < options_.cache_min_free_bytes + bytes) {
    throw MediaError(Type::kInternal, "The bot has no disk space left.");
  }
}

AudioFilePtr AudioCache::Put(std::string_view key, std::string_view title, const std::filesystem::path& made) {
  const OggOpusFacts facts = Check(made, options_.max_length);
  const CacheEntry entry{.key = std::string(key),
                         .file = CacheFolder::FileOf(key),
                         .bytes = std::filesystem::file_size(made),
                         .length = facts.length,
                         .title = ToColumn(title)};
  if (entry.bytes > options_.cache_max_bytes) {
    throw MediaError(Type::kTooLarge, "That is larger than all that the bot may keep.");
  }
  try {
    folder_.Sync(made);  // before the lock is taken, since a disk may take its time
    return Store(entry, made);
  } catch (const std::system_error& error) {
    logger_.Error("a file cannot be put into the cache: {}", error.what());
    throw MediaError(Type::kInternal, error.code() == std::errc::no_space_on_device
                                          ? "The bot has no disk space left."
                                          : "The bot cannot write to its disk.");
  }
}

AudioFilePtr AudioCache::Store(const CacheEntry& entry, const std::filesystem::path& made) {
  const std::lock_guard lock(mutex_);
  // The row alone: a file of this key that somebody holds is replaced, and not gone for a moment.
  index_.Remove(entry.key);
  whole_.erase(entry.file);
  try {
    if (!Evict(entry.bytes).fits) throw MediaError(Type::kInternal, kFull);
    folder_.Take(made, entry.file);
    index_.Write(entry, clock_.Now());
  } catch (...) {
    if (!IsHeld(entry.file)) folder_.Remove(entry.file);  // else a clean-up finds it
    Recount();
    throw;
  }
  if (const auto stamp = folder_.Stamp(entry.file)) whole_[entry.file] = *stamp;
  AudioFilePtr file = Hold(entry, true);
  Recount();
  return file;
}

AudioFilePtr AudioCache::Hold(const CacheEntry& entry, bool anew) {
  auto& held = held_[entry.file];
  std::erase_if(held, [](const auto& file) { return file.expired(); });
  if (!held.empty() && !anew) {
    if (AudioFilePtr file = held.back().lock()) return file;
  }
  auto file = std::make_shared<const AudioFile>(AudioFile{
      .path = folder_.directory() / entry.file, .length = entry.length, .bytes = entry.bytes, .title = entry.title});
  held.push_back(file);
  return file;
}

bool AudioCache::IsHeld(const std::string& file) const {
  const auto held = held_.find(file);
  return held != held_.end() &&
         std::any_of(held->second.begin(), held->second.end(), [](const auto& holder) { return !holder.expired(); });
}

void AudioCache::Remove(const CacheEntry& entry) {
  index_.Remove(entry.key);
  folder_.Remove(entry.file);
  whole_.erase(entry.file);
}

/// Removes what was not used for the longest time until so many bytes fit, or nothing more can be removed.
AudioCache::Evicted AudioCache::Evict(std::uint64_t bytes) {
  const std::uint64_t used = index_.Totals().bytes;
  const auto over = [](std::uint64_t wanted, std::uint64_t limit) { return wanted > limit ? wanted - limit : 0; };
  const std::uint64_t too_many = over(used + bytes, options_.cache_max_bytes);
  // A full disk is no reason to fail while there is something that can be fetched again.
  const auto free = folder_.FreeBytes();
  const std::uint64_t wanted = std::max(too_many, free ? over(options_.cache_min_free_bytes + bytes, *free) : 0);
  Evicted evicted;
  for (std::size_t held = 0; evicted.bytes < wanted;) {
    const auto oldest = index_.LeastRecentlyUsed(kEvictionBatch, held);
    if (oldest.empty()) break;
    for (const CacheEntry& entry : oldest) {
      if (evicted.bytes >= wanted) break;
      if (IsHeld(entry.file)) {
        ++held;
        continue;
      }
      Remove(entry);
      held_.erase(entry.file);
      evicted.bytes += entry.bytes;
      ++evicted.files;
    }
  }
  evicted.fits = evicted.bytes >= too_many;
  return evicted;
}

void AudioCache::Recount() {
  const CacheTotals totals = index_.Totals();
  files_.store(totals.files);
  bytes_.store(totals.bytes);
}

CleanedUp AudioCache::CleanUp() {
  CleanedUp done;
  const std::lock_guard lock(mutex_);
  std::erase_if(held_, [this](const auto& held) { return !IsHeld(held.first); });
  const std::vector<CacheEntry> entries = index_.ReadAll();
  for (const CacheEntry& entry : entries) {
    const auto stamp = folder_.Stamp(entry.file);
    if (stamp && stamp->bytes == entry.bytes) continue;
    if (IsHeld(entry.file)) continue;  // the player will find out, and the next look-up
    logger_.Warning("the cached file {} is dropped: it {}", entry.file, stamp ? "has another size" : "is not there");
    ++(stamp ? done.damaged : done.missing);
    done.bytes += stamp ? stamp->bytes : 0;
    Remove(entry);
  }
  const Evicted evicted = Evict(0);
  done.evicted = evicted.files;
  done.bytes += evicted.bytes;
  done.forgotten = index_.Forget(clock_.Now() - options_.cache_forget_after);
  RemoveOrphans(entries, done);
  Recount();
  return done;
}

void AudioCache::RemoveOrphans(const std::vector<CacheEntry>& entries, CleanedUp& done) {
  std::unordered_set<std::string> known;
  for (const CacheEntry& entry : entries) known.insert(entry.file);
  const std::chrono::nanoseconds now = clock_.Now().time_since_epoch();
  for (const std::string& file : folder_.List()) {
    if (known.contains(file) || IsHeld(file)) continue;
    const auto stamp = folder_.Stamp(file);
    if (!stamp || now - std::chrono::nanoseconds(stamp->modified_ns) < options_.cache_orphan_grace) continue;
    if (!folder_.Remove(file)) continue;
    ++done.orphans;
    done.bytes += stamp->bytes;
  }
}

}  // namespace disruptor::music
