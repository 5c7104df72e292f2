#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/discord_standin/discord.hpp"
#include "apps/discord_standin/slash_command.hpp"

namespace standin {

/// Somebody joins, leaves or changes a voice channel.
struct VoiceMove {
  Snowflake guild_id = 0;
  Snowflake user_id = 0;
  Snowflake channel_id = 0;  ///< 0: leaves.
};

/// The made-up people using the bot: what they do next is decided by the seed alone, when by the clock.
///
/// Threads: one. Lifetime: the Discord must outlive it.
class Traffic {
 public:
  explicit Traffic(Discord& discord);

  void SetRunning(bool running);
  [[nodiscard]] bool running() const { return running_; }

  /// Does what has become due since the last call; at most a second's worth, so that a pause is not made up for.
  void Tick();

  /// The next choices; nothing when no command may be sent, or nobody can move.
  [[nodiscard]] std::optional<CommandUse> ChooseCommand();
  [[nodiscard]] std::optional<VoiceMove> ChooseMove();

 private:
  struct Pace {
    double per_second = 0;
    double due = 0;
  };

  [[nodiscard]] const Guild* ChooseGuild();
  [[nodiscard]] Json ChooseOptions(const Guild& guild, const std::string& command);
  /// The whole number of things due after that many seconds.
  static std::size_t TakeDue(Pace& pace, double seconds);
  void Move(const VoiceMove& move);

  Discord& discord_;
  Random random_;
  std::map<std::string, std::uint64_t> weights_;
  std::map<std::string, Json> options_;
  Pace commands_;
  Pace moves_;
  bool running_ = true;
  std::chrono::steady_clock::time_point last_tick_;
};

}  // namespace standin
