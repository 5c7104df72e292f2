#include "apps/disruptor/music/pipeline/music_store.hpp"

#include <set>
#include <string_view>

#include "apps/disruptor/database/database.hpp"

namespace disruptor::music {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

std::int64_t ToMilliseconds(system_clock::time_point time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

system_clock::time_point FromMilliseconds(std::int64_t count) { return system_clock::time_point(milliseconds(count)); }

/// Writes changes inside one transaction.
struct Writer {
  Connection& connection;
  std::set<Snowflake> heard;  // guilds whose history became longer

  void operator()(const BundleRow& row) {
    connection.Query(
        "INSERT INTO bundles (uuid, guild_id, text_channel_id, voice_channel_id, user_id, traceparent, title, "
        "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
        "ON CONFLICT (uuid) DO UPDATE SET title = excluded.title",
        row.uuid, row.asked.guild, row.asked.text_channel, row.asked.voice_channel, row.asked.user,
        row.asked.span.ToTraceparent(), row.title, ToMilliseconds(row.created));
    std::int64_t place = 0;
    for (const auto& [uuid, description] : row.requests) {
      connection.Query(
          "INSERT INTO bundle_requests (uuid, bundle_uuid, place, description, state, problem) "
          "VALUES ($1, $2, $3, $4, 'waiting', '') "
          "ON CONFLICT (uuid) DO UPDATE SET description = excluded.description",
          uuid, row.uuid, place++, description);
    }
  }
  void operator()(const RequestRow& row) {
    connection.Query("UPDATE bundle_requests SET state = $2, description = $3, problem = $4 WHERE uuid = $1", row.uuid,
                     ToString(row.state), row.description, row.problem);
  }
  void operator()(const MessageRow& row) {
    connection.Query("UPDATE bundles SET message_id = $2 WHERE uuid = $1", row.bundle, row.message);
  }
  void operator()(const BundleEnd& row) {
    connection.Query("DELETE FROM bundle_requests WHERE bundle_uuid = $1", row.bundle);
    connection.Query("DELETE FROM bundles WHERE uuid = $1", row.bundle);
  }
  void operator()(const PlayedRow& row) {
    connection.Query(
        "INSERT INTO history (request_uuid, guild_id, user_id, title, url, track_key, played_at, ended) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (request_uuid) DO NOTHING",
        row.request, row.guild, row.user, row.title, row.url, row.key, ToMilliseconds(row.played), ToString(row.end));
    heard.insert(row.guild);
  }
};

}  // namespace

void MusicStore::Write(const std::vector<Change>& changes) {
  database_.Transact([&](Connection& connection) {
    Writer writer{connection, {}};
    for (const Change& change : changes) std::visit(writer, change);
    for (const Snowflake guild : writer.heard) {
      // SQLite has no OFFSET without a LIMIT.
      connection.Query(
          "DELETE FROM history WHERE request_uuid IN (SELECT request_uuid FROM history WHERE guild_id = $1 "
          "ORDER BY played_at DESC, request_uuid LIMIT 1000 OFFSET $2)",
          guild, history_per_guild_);
    }
  });
}

std::vector<Leftover> MusicStore::ReadLeftovers() {
  std::vector<Leftover> leftovers;
  const auto rows = database_.Query(
      "SELECT uuid, guild_id, text_channel_id, message_id, traceparent, title, "
      "(SELECT count(*) FROM bundle_requests WHERE bundle_uuid = bundles.uuid), "
      "(SELECT count(*) FROM bundle_requests WHERE bundle_uuid = bundles.uuid AND state IN ('waiting', 'ready')), "
      "(SELECT min(description) FROM bundle_requests WHERE bundle_uuid = bundles.uuid AND place = 0) "
      "FROM bundles ORDER BY created_at, uuid");
  for (const auto row : rows) {
    Leftover leftover{.uuid = row.Get<std::string>(0),
                      .guild = row.Get<Snowflake>(1),
                      .text_channel = row.Get<Snowflake>(2),
                      .message = row.Get<Snowflake>(3),
                      .title = row.Get<std::string>(5),
                      .total = row.Get<std::size_t>(6),
                      .unplayed = row.Get<std::size_t>(7)};
    leftover.asked =
        guildscope::tracing::SpanContext::FromTraceparent(row.Get<std::string>(4)).value_or(leftover.asked);
    if (leftover.title.empty()) leftover.title = row.Get<std::optional<std::string>>(8).value_or("");
    leftovers.push_back(std::move(leftover));
  }
  return leftovers;
}

std::vector<HistoryEntry> MusicStore::ReadHistory(Snowflake guild, std::size_t most) {
  std::vector<HistoryEntry> entries;
  const auto rows = database_.Query(
      "SELECT user_id, title, played_at, ended FROM history WHERE guild_id = $1 "
      "ORDER BY played_at DESC, request_uuid LIMIT $2",
      guild, most);
  for (const auto row : rows) {
    entries.push_back({row.Get<Snowflake>(0), row.Get<std::string>(1), FromMilliseconds(row.Get<std::int64_t>(2)),
                       row.Get<std::string>(3)});
  }
  return entries;
}

}  // namespace disruptor::music
