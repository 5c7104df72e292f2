#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "apps/disruptor/music/pipeline/journal.hpp"

namespace disruptor {
class Database;
}

namespace disruptor::music {

/// A bundle that a process left unfinished.
struct Leftover {
  std::string uuid;
  Snowflake guild = 0;
  Snowflake text_channel = 0;
  Snowflake message = 0;  ///< 0: none was posted.
  guildscope::tracing::SpanContext asked;
  std::string title;
  std::size_t total = 0;
  std::size_t unplayed = 0;
};

/// What was played.
struct HistoryEntry {
  Snowflake user = 0;
  std::string title;
  std::chrono::system_clock::time_point played;
  std::string end;  ///< `finished`, `skipped`, `stopped`, `failed`.
};

/// The database's side of the pipeline: the tables bundles, bundle_requests and history. Bundles are kept until they
/// are finished, so that a restart knows what it interrupted; what was played is kept as history, the latest of each
/// guild.
///
/// Cost: one transaction a Write. Threads: any. Lifetime: the database must outlive it. Everything throws
/// DatabaseError.
class MusicStore {
 public:
  MusicStore(Database& database, std::size_t history_per_guild) noexcept
      : database_(database), history_per_guild_(history_per_guild) {}

  /// All of them or none.
  void Write(const std::vector<Change>& changes);

  /// Those of every guild, oldest first.
  [[nodiscard]] std::vector<Leftover> ReadLeftovers();

  /// Latest first.
  [[nodiscard]] std::vector<HistoryEntry> ReadHistory(Snowflake guild, std::size_t most);

 private:
  Database& database_;
  const std::size_t history_per_guild_;
};

}  // namespace disruptor::music
