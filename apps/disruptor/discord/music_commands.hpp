#pragma once

#include <dpp/cluster.h>

#include <functional>
#include <string>

#include "apps/disruptor/commands/music_replies.hpp"
#include "apps/disruptor/discord/command_runner.hpp"
#include "apps/disruptor/discord/dpp_directory.hpp"
#include "apps/disruptor/music/pipeline/music_store.hpp"
#include "apps/disruptor/music/pipeline/pipeline.hpp"
#include "apps/disruptor/music/player/guild_players.hpp"
#include "apps/disruptor/music/search/query_parser.hpp"
#include "apps/disruptor/voice/voice_sessions.hpp"
#include "guildscope/base/clock.hpp"

namespace disruptor {

/// What the music commands work with. Lifetime: everything must outlive them.
struct MusicCommandParts {
  CommandRunner& runner;
  DppDirectory& directory;
  VoiceSessions& voice;
  music::Pipeline& pipeline;
  music::GuildPlayers& players;
  music::MusicStore& store;
  const guildscope::Clock& clock;
  std::function<music::ParseOptions()> parse_options;  ///< With the sounds that there are now. May block.
};

/// The slash commands about music: shells around the functions of music_replies.hpp.
///
/// Threads: D++'s and the executor's. Lifetime: until the runner calls no handlers any more.
class MusicCommands {
 public:
  explicit MusicCommands(MusicCommandParts parts);
  MusicCommands(const MusicCommands&) = delete;
  MusicCommands& operator=(const MusicCommands&) = delete;

 private:
  using Handler = std::string (MusicCommands::*)(const Caller&, const dpp::slashcommand_t&);
  using Control = std::string (MusicCommands::*)(Snowflake guild);

  std::string Play(const Caller& caller, const dpp::slashcommand_t& event);
  std::string Queue(const Caller& caller, const dpp::slashcommand_t& event);
  std::string Now(const Caller& caller, const dpp::slashcommand_t& event);
  std::string History(const Caller& caller, const dpp::slashcommand_t& event);
  std::string Disconnect(const Caller& caller, const dpp::slashcommand_t& event);

  std::string Skip(Snowflake guild) { return DescribeSkip(parts_.players.Skip(guild)); }
  std::string Pause(Snowflake guild) { return DescribePause(parts_.players.Pause(guild)); }
  std::string Resume(Snowflake guild) { return DescribeResume(parts_.players.Resume(guild)); }
  std::string Shuffle(Snowflake guild) { return DescribeShuffle(parts_.players.Shuffle(guild)); }
  std::string Stop(Snowflake guild);

  void AddControl(const char* name, Control control);

  const MusicCommandParts parts_;
};

}  // namespace disruptor
