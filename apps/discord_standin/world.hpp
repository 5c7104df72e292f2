#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/discord_standin/config.hpp"
#include "apps/discord_standin/random.hpp"
#include "apps/discord_standin/snowflake.hpp"
#include "guildscope/base/clock.hpp"

namespace standin {

enum class ChannelType { kText = 0, kVoice = 2, kCategory = 4 };

/// Discord's permission bits that the stand-in acts on.
namespace permission {
inline constexpr std::uint64_t kAdministrator = 1ULL << 3;
inline constexpr std::uint64_t kManageGuild = 1ULL << 5;
inline constexpr std::uint64_t kViewChannel = 1ULL << 10;
inline constexpr std::uint64_t kSendMessages = 1ULL << 11;
inline constexpr std::uint64_t kConnect = 1ULL << 20;
inline constexpr std::uint64_t kSpeak = 1ULL << 21;
inline constexpr std::uint64_t kMoveMembers = 1ULL << 24;
inline constexpr std::uint64_t kUseCommands = 1ULL << 31;
}  // namespace permission

struct User {
  Snowflake id = 0;
  std::string name;
  std::string global_name;
  bool bot = false;
};

struct Role {
  Snowflake id = 0;
  std::string name;
  std::uint64_t permissions = 0;
  int position = 0;
};

struct Overwrite {
  Snowflake id = 0;
  int type = 0;  ///< 0: a role's, 1: a member's.
  std::uint64_t allow = 0;
  std::uint64_t deny = 0;
};

struct Channel {
  Snowflake id = 0;
  Snowflake guild_id = 0;
  Snowflake parent_id = 0;
  ChannelType type = ChannelType::kText;
  std::string name;
  int position = 0;
  std::size_t user_limit = 0;  ///< 0: none.
  std::vector<Overwrite> overwrites;
};

struct Member {
  Snowflake user_id = 0;
  std::string nick;
  std::vector<Snowflake> roles;
};

struct VoiceState {
  Snowflake user_id = 0;
  Snowflake channel_id = 0;
  std::string session_id;
  bool self_mute = false;
  bool self_deaf = false;
};

struct Guild {
  Snowflake id = 0;
  Snowflake owner_id = 0;
  std::string name;
  std::vector<Role> roles;  ///< The first is @everyone, with the guild's id.
  std::vector<Channel> channels;
  std::map<Snowflake, Member> members;
  std::map<Snowflake, VoiceState> voice_states;  ///< By user.
  bool available = true;                         ///< False during an outage.
  bool joined = true;                            ///< False after the bot was removed.

  [[nodiscard]] const Channel* FindChannel(Snowflake channel_id) const;
  [[nodiscard]] std::vector<Snowflake> ChannelsOf(ChannelType type) const;
  [[nodiscard]] std::size_t PeopleIn(Snowflake channel_id) const;
  /// Discord's algorithm: @everyone, then roles, then the channel's overwrites for @everyone, roles, the member.
  [[nodiscard]] std::uint64_t PermissionsOf(Snowflake user_id, const Channel* channel) const;
};

/// The made-up guilds, people and channels; the same for the same seed.
///
/// Threads: one. Lifetime: the clock must outlive it.
class World {
 public:
  World(const Config& config, const guildscope::Clock& clock);

  [[nodiscard]] const User& bot() const { return bot_; }
  [[nodiscard]] const User& owner() const { return owner_; }
  [[nodiscard]] std::map<Snowflake, Guild>& guilds() { return guilds_; }
  [[nodiscard]] const std::map<Snowflake, Guild>& guilds() const { return guilds_; }

  /// Null for one that does not exist or that the bot is not in.
  [[nodiscard]] Guild* FindGuild(Snowflake id);
  [[nodiscard]] const Channel* FindChannel(Snowflake id);
  [[nodiscard]] const User* FindUser(Snowflake id) const;

  /// A new id of now, above all earlier ones.
  Snowflake NextId();
  Random& random() { return random_; }

 private:
  void AddGuild(const Config& config, std::size_t index);
  void AddChannels(Guild& guild, const Config& config, Snowflake first_id);
  void AddPeople(Guild& guild, const Config& config, Snowflake first_id);

  const guildscope::Clock& clock_;
  Random random_;
  User bot_;
  User owner_;
  std::map<Snowflake, User> users_;
  std::map<Snowflake, Guild> guilds_;
  std::map<Snowflake, Snowflake> guild_of_channel_;
  Snowflake last_id_ = 0;
};

}  // namespace standin
