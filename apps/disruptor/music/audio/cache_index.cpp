#include "apps/disruptor/music/audio/cache_index.hpp"

namespace disruptor::music {
namespace {

std::int64_t ToMilliseconds(CacheIndex::Time time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

/// Of the columns key, file, bytes, length_ms, title.
CacheEntry ToEntry(const Result::Row& row) {
  return {.key = row.Get<std::string>(0),
          .file = row.Get<std::string>(1),
          .bytes = row.Get<std::uint64_t>(2),
          .length = std::chrono::milliseconds(row.Get<std::int64_t>(3)),
          .title = row.Get<std::string>(4)};
}

std::vector<CacheEntry> ToEntries(const Result& result) {
  std::vector<CacheEntry> entries;
  entries.reserve(result.size());
  for (const auto row : result) entries.push_back(ToEntry(row));
  return entries;
}

}  // namespace

std::optional<CacheEntry> CacheIndex::Use(std::string_view key, Time now) {
  const Result result = database_.Query(
      "UPDATE audio_cache SET last_used_at = $1, uses = uses + 1 WHERE cache_id = $2 AND key = $3 "
      "RETURNING key, file, bytes, length_ms, title",
      ToMilliseconds(now), cache_id_, key);
  if (result.empty()) return std::nullopt;
  return ToEntry(result[0]);
}

void CacheIndex::Write(const CacheEntry& entry, Time now) {
  database_.Query(
      "INSERT INTO audio_cache (cache_id, key, file, bytes, length_ms, title, created_at, last_used_at, uses) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1) ON CONFLICT (cache_id, key) DO UPDATE SET file = excluded.file, "
      "bytes = excluded.bytes, length_ms = excluded.length_ms, title = excluded.title, "
      "created_at = excluded.created_at, last_used_at = excluded.last_used_at, uses = audio_cache.uses + 1",
      cache_id_, entry.key, entry.file, entry.bytes, entry.length.count(), entry.title, ToMilliseconds(now));
}

void CacheIndex::Remove(std::string_view key) {
  database_.Query("DELETE FROM audio_cache WHERE cache_id = $1 AND key = $2", cache_id_, key);
}

CacheTotals CacheIndex::Totals() {
  // PostgreSQL's sum of a BIGINT is a NUMERIC.
  const Result result = database_.Query(
      "SELECT COUNT(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM audio_cache WHERE cache_id = $1", cache_id_);
  return {.files = result[0].Get<std::uint64_t>(0), .bytes = result[0].Get<std::uint64_t>(1)};
}

std::vector<CacheEntry> CacheIndex::LeastRecentlyUsed(std::size_t limit, std::size_t skip) {
  return ToEntries(
      database_.Query("SELECT key, file, bytes, length_ms, title FROM audio_cache WHERE cache_id = $1 "
                      "ORDER BY last_used_at, created_at, key LIMIT $2 OFFSET $3",
                      cache_id_, limit, skip));
}

std::vector<CacheEntry> CacheIndex::ReadAll() {
  return ToEntries(
      database_.Query("SELECT key, file, bytes, length_ms, title FROM audio_cache WHERE cache_id = $1", cache_id_));
}

std::uint64_t CacheIndex::Forget(Time unused_since) {
  const Result result = database_.Query("DELETE FROM audio_cache WHERE cache_id <> $1 AND last_used_at < $2", cache_id_,
                                        ToMilliseconds(unused_since));
  return static_cast<std::uint64_t>(result.affected());
}

}  // namespace disruptor::music
