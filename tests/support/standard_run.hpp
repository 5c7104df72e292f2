#pragma once

#include <memory>
#include <string>

#include "tests/support/sqlite_file.hpp"
#include "tests/support/world.hpp"

namespace guildscope::testing {

/// A run in which a bot does once whatever it has a metric for, wrong as well as right, the same each time: for tests
/// of all metrics at once. When the constructor has returned everything is quiet, and the telemetry says what the
/// ledger says.
///
/// Cost: about ten seconds. Lifetime: the world must outlive it.
class StandardRun {
 public:
  /// For the world's constructor: two shards, and short waits.
  [[nodiscard]] static playground::PlaygroundOptions Options();

  /// The bot of this world must be usable, with the media that the world has started before it, and its database the
  /// playground's SQLite file. It ends with a playlist that is paused.
  explicit StandardRun(World& world);

  /// A guild leaves, with its series; returns its id.
  std::string LoseGuild();

 private:
  void UseCommands();
  void FailInTheDatabase();
  void FailAtDiscord();
  void LoseConnections();
  void RunJobs();
  void PlayMusic();

  [[nodiscard]] double Joins(const std::string& guild, const char* status) const;

  World& world_;
  std::vector<std::string> guilds_;  // with people in voice that the bot may join
};

}  // namespace guildscope::testing
