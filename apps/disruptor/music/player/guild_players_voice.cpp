#include <algorithm>
#include <exception>
#include <utility>

#include "apps/disruptor/music/player/guild_players.hpp"

// How the players come into voice, stay there and leave.

namespace disruptor::music {
namespace {

using std::chrono::milliseconds;

// A join that finds the bot busy, or without a session: 0.25 s, doubled up to 5 s, is half a minute in all.
constexpr int kJoinTries = 10;
constexpr milliseconds kFirstJoinWait{250};
constexpr milliseconds kLongestJoinWait{5'000};
// So that one round of the job stays short, however many players end together.
constexpr std::size_t kLeavesARound = 20;

milliseconds JoinWait(int tries) { return std::min(kFirstJoinWait * (1 << std::min(tries, 10)), kLongestJoinWait); }

constexpr const char* kNoWayIn =
    "Discord did not let me into the voice channel; perhaps it is full, or I lack the permission to connect";
constexpr const char* kNoSession = "I have no connection to Discord at the moment; please try again later";
constexpr const char* kBusyElsewhere = "I could not leave the voice channel where I was";
constexpr const char* kNoVoiceServer = "Discord's voice server does not answer; please try again later";
constexpr const char* kLost = "I lost the voice connection too often";
constexpr const char* kTooMuch = "I have too much to do; please try again later";

}  // namespace

void GuildPlayers::StartJoin(Snowflake guild, Player& player, milliseconds wait, Told& told) {
  const std::uint64_t join = player.join = ++last_number_;
  const bool accepted =
      parts_.executor.RunAt(parts_.clock.SteadyNow() + wait, [this, guild, join] { RunJoin(guild, join); });
  if (!accepted) EndPlayerAndLeave(guild, PlayEnd::kFailed, kTooMuch, told);
}

void GuildPlayers::RunJoin(Snowflake guild, std::uint64_t join) {
  Snowflake channel = 0;
  bool wait = false;
  bool leave = false;
  {
    const std::lock_guard lock(mutex_);
    Player* player = Find(guild);
    if (player == nullptr || player->join != join) return;
    channel = player->channel;
    wait = leaving_.contains(guild);
    const auto there = parts_.voice.Channel(guild);
    // What is there is a visit, or what is left of the connection that was lost.
    leave = !wait && there && (player->anew || *there != channel);
    player->anew = false;
    if (leave) {
      player->in_voice = false;
      leaving_.try_emplace(guild, Leaving::kDue);
    }
  }
  if (leave) LeaveVoice(guild);
  const JoinResult result = wait ? JoinResult{JoinOutcome::kBusy} : parts_.voice.Join(guild, channel);

  Told told(*this);
  const std::lock_guard lock(mutex_);
  Player* player = Find(guild);
  if (player != nullptr && player->join == join) return FinishJoin(guild, *player, result, told);
  // Meanwhile it was stopped. Another player of the guild finds the bot there, and takes it from there.
  if (player != nullptr || result.outcome != JoinOutcome::kJoined) return;
  leaving_.try_emplace(guild, Leaving::kDue);
  told.Leave(guild);
}

void GuildPlayers::FinishJoin(Snowflake guild, Player& player, const JoinResult& result, Told& told) {
  player.join = 0;
  switch (result.outcome) {
    case JoinOutcome::kJoined:
    case JoinOutcome::kAlreadyThere:
      player.in_voice = true;
      player.join_tries = 0;
      player.quiet_since = parts_.clock.SteadyNow();
      return Pump(guild, player, false, told);
    case JoinOutcome::kBusy:
    case JoinOutcome::kNotConnected:
    case JoinOutcome::kGuildGone:  // Or the session was lost; of a guild that is gone, the player has ended.
      if (++player.join_tries < kJoinTries) return StartJoin(guild, player, JoinWait(player.join_tries - 1), told);
      return EndPlayer(guild, PlayEnd::kFailed, result.outcome == JoinOutcome::kBusy ? kBusyElsewhere : kNoSession,
                       told);
    case JoinOutcome::kTimedOut:
      if (player.now && player.now->rejoins > 0) {
        return JoinAgain(guild, player, player.now->position, "joining took too long", told);
      }
      return EndPlayer(guild, PlayEnd::kFailed, kNoWayIn, told);
    case JoinOutcome::kClosed:
      return EndPlayer(guild, PlayEnd::kStopped, "", told);
  }
}

void GuildPlayers::JoinAgain(Snowflake guild, Player& player, milliseconds position, const std::string& why,
                             Told& told) {
  Current& now = *player.now;
  if (now.play) parts_.playback.Stop(*now.play);
  now.play.reset();
  now.turn = 0;
  now.position = position;
  if (++now.rejoins > options_.rejoins) return EndPlayerAndLeave(guild, PlayEnd::kFailed, kLost, told);
  now.record.AddRejoin(now.rejoins, why);
  parts_.logger.Warning("guild {}: the voice connection was lost ({}); joining again, time {} of {}", guild, why,
                        now.rejoins, options_.rejoins);
  player.channel = parts_.voice.Channel(guild).value_or(player.channel);
  player.anew = true;
  player.join_tries = 0;
  StartJoin(guild, player, JoinWait(now.rejoins - 1), told);
}

void GuildPlayers::OnVoiceLeft(Snowflake guild) {
  Told told(*this);
  const std::lock_guard lock(mutex_);
  Player* player = Find(guild);
  if (player == nullptr || !player->in_voice || leaving_.contains(guild)) return;
  if (parts_.voice.Channel(guild)) return;  // Old news: it has joined again.
  parts_.logger.Info("guild {}: somebody threw the bot out of voice", guild);
  EndPlayer(guild, PlayEnd::kStopped, "", told);
}

void GuildPlayers::OnGuildGone(Snowflake guild) {
  Told told(*this);
  const std::lock_guard lock(mutex_);
  EndPlayer(guild, PlayEnd::kStopped, "", told);
}

void GuildPlayers::OnSessionLost(const std::function<bool(Snowflake)>& is_of_shard) {
  Told told(*this);
  const std::lock_guard lock(mutex_);
  std::vector<Snowflake> lost;
  for (const auto& [guild, player] : players_) {
    if (is_of_shard(guild) && player.in_voice) lost.push_back(guild);
  }
  for (const Snowflake guild : lost) {
    Player& player = players_.at(guild);
    player.in_voice = false;
    if (!player.now) {
      EndPlayer(guild, PlayEnd::kStopped, "", told);
    } else if (player.join == 0) {
      JoinAgain(guild, player, PositionOf(*player.now), "the gateway's session was lost", told);
    }
  }
}

void GuildPlayers::LeaveSoon(Snowflake guild) {
  // Refused when too many wait: then CleanUp does it.
  (void)parts_.executor.RunAt(parts_.clock.SteadyNow(), [this, guild] { LeaveVoice(guild); });
}

void GuildPlayers::LeaveVoice(Snowflake guild) {
  {
    const std::lock_guard lock(mutex_);
    const auto entry = leaving_.find(guild);
    if (entry == leaving_.end() || entry->second == Leaving::kUnderWay) return;
    entry->second = Leaving::kUnderWay;
  }
  parts_.voice.Leave(guild);
  const std::lock_guard lock(mutex_);
  leaving_.erase(guild);
}

std::size_t GuildPlayers::CleanUp(const std::function<void()>& before_leaving) {
  NoteWhoIsAlone();
  std::vector<Snowflake> leave;
  std::size_t ended = 0;
  {
    Told told(*this);
    const std::lock_guard lock(mutex_);
    EndSilence(told);
    for (const auto& [guild, state] : leaving_) {
      if (state == Leaving::kDue) leave.push_back(guild);
    }
    std::vector<Snowflake> over;
    for (const auto& [guild, player] : players_) {
      if (leave.size() + over.size() < kLeavesARound && IsOver(guild, player)) over.push_back(guild);
    }
    for (const Snowflake guild : over) {
      EndPlayer(guild, PlayEnd::kStopped, "", told);
      leaving_.try_emplace(guild, Leaving::kDue);
      leave.push_back(guild);
    }
    ended = over.size();
  }
  if (!leave.empty() && before_leaving) before_leaving();
  for (const Snowflake guild : leave) LeaveVoice(guild);
  return ended;
}

bool GuildPlayers::IsOver(Snowflake guild, const Player& player) const {
  if (player.join != 0) return false;
  const TimePoint now = parts_.clock.SteadyNow();
  if (player.alone_since && now - *player.alone_since >= options_.alone_time) {
    parts_.logger.Info("guild {}: nobody listens any more", guild);
    return true;
  }
  return !player.now && now - player.quiet_since >= options_.quiet_time;
}

void GuildPlayers::EndSilence(Told& told) {
  const TimePoint limit = parts_.clock.SteadyNow() - options_.audio_limit;
  std::vector<Snowflake> silent;
  for (const auto& [guild, player] : players_) {
    const bool waits = player.now && !player.now->audible && player.join == 0 && !player.paused;
    if (waits && player.now->silent_since <= limit) silent.push_back(guild);
  }
  for (const Snowflake guild : silent) {
    Player& player = players_.at(guild);
    if (player.now->rejoins > 0) {
      JoinAgain(guild, player, PositionOf(*player.now), "no voice server answered", told);
    } else {
      EndPlayerAndLeave(guild, PlayEnd::kFailed, kNoVoiceServer, told);
    }
  }
}

void GuildPlayers::NoteWhoIsAlone() {
  if (!parts_.people) return;
  std::vector<Snowflake> guilds;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [guild, player] : players_) {
      if (player.in_voice) guilds.push_back(guild);
    }
  }
  for (const Snowflake guild : guilds) {
    std::optional<std::size_t> people;
    try {
      if (const auto channel = parts_.voice.Channel(guild)) people = parts_.people(guild, *channel);
    } catch (const std::exception& error) {
      parts_.logger.Warning("guild {}: who is in voice is not known: {}", guild, error.what());
    }
    const std::lock_guard lock(mutex_);
    Player* player = Find(guild);
    if (player == nullptr) continue;
    if (people != 0U) {
      player->alone_since.reset();
    } else if (!player->alone_since) {
      player->alone_since = parts_.clock.SteadyNow();
    }
  }
}

}  // namespace disruptor::music
