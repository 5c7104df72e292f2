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

constexpr std::array<Migration, 2> kMigrations{{
    {.version = 1, .name = "guild settings", .sqlite = kGuildSettings, .postgresql = kGuildSettings},
    {.version = 2, .name = "audio cache", .sqlite = kAudioCache, .postgresql = kAudioCache},
}};

}  // namespace

std::span<const Migration> SchemaMigrations() noexcept { return kMigrations; }

}  // namespace disruptor
