#include "apps/disruptor/database/schema.hpp"

#include <array>

namespace disruptor {
namespace {

constexpr std::string_view kGuildSettings = R"(
  CREATE TABLE guild_settings (
    guild_id BIGINT PRIMARY KEY,
    interval_seconds BIGINT,
    chance_percent BIGINT
  );
  CREATE TABLE channel_weights (
    guild_id BIGINT NOT NULL,
    channel_id BIGINT NOT NULL,
    weight BIGINT NOT NULL,
    PRIMARY KEY (guild_id, channel_id)
  );
)";

// See music/audio/cache_index.hpp. Times are milliseconds since 1970.
constexpr std::string_view kAudioCache = R"(
  CREATE TABLE audio_cache (
    cache_id TEXT NOT NULL,
    key TEXT NOT NULL,
    file TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    length_ms BIGINT NOT NULL,
    title TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    uses BIGINT NOT NULL,
    PRIMARY KEY (cache_id, key)
  );
  CREATE INDEX audio_cache_by_use ON audio_cache (cache_id, last_used_at);
)";

// See music/pipeline/music_store.hpp. Times are milliseconds since 1970.
constexpr std::string_view kBundlesAndHistory = R"(
  CREATE TABLE bundles (
    uuid TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    text_channel_id BIGINT NOT NULL,
    voice_channel_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    message_id BIGINT NOT NULL DEFAULT 0,
    traceparent TEXT NOT NULL,
    title TEXT NOT NULL,
    created_at BIGINT NOT NULL
  );
  CREATE TABLE bundle_requests (
    uuid TEXT PRIMARY KEY,
    bundle_uuid TEXT NOT NULL REFERENCES bundles (uuid) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    description TEXT NOT NULL,
    state TEXT NOT NULL,
    problem TEXT NOT NULL
  );
  CREATE INDEX bundle_requests_by_bundle ON bundle_requests (bundle_uuid, place);
  CREATE TABLE history (
    request_uuid TEXT PRIMARY KEY,
    guild_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    track_key TEXT NOT NULL,
    played_at BIGINT NOT NULL,
    ended TEXT NOT NULL
  );
  CREATE INDEX history_by_guild ON history (guild_id, played_at);
)";

constexpr std::array<Migration, 3> kMigrations{{
    {.version = 1, .name = "guild settings", .sqlite = kGuildSettings, .postgresql = kGuildSettings},
    {.version = 2, .name = "audio cache", .sqlite = kAudioCache, .postgresql = kAudioCache},
    {.version = 3, .name = "bundles and history", .sqlite = kBundlesAndHistory, .postgresql = kBundlesAndHistory},
}};

}  // namespace

std::span<const Migration> SchemaMigrations() noexcept { return kMigrations; }

}  // namespace disruptor
