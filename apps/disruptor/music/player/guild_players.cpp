#include "apps/disruptor/music/player/guild_players.hpp"

#include <utility>

#include "guildscope/metrics/catalogue.hpp"

// What people and the other stages ask of the players; how they come into voice and out of it: guild_players_voice.cpp.

namespace disruptor::music {
namespace {

using std::chrono::milliseconds;

}  // namespace

const char* ToString(PlayEnd end) noexcept {
  switch (end) {
    case PlayEnd::kFinished:
      return "finished";
    case PlayEnd::kSkipped:
      return "skipped";
    case PlayEnd::kStopped:
      return "stopped";
    case PlayEnd::kFailed:
      break;
  }
  return "failed";
}

GuildPlayers::Told::~Told() {
  for (const Played& played : played_) {
    if (players_.parts_.on_played) players_.parts_.on_played(played);
  }
  for (const Snowflake guild : leave_) players_.LeaveSoon(guild);
}

void GuildPlayers::Told::Add(QueuedTrack what, PlayEnd end, const std::string& problem, milliseconds heard) {
  played_.push_back({std::move(what), end, problem, heard, players_.parts_.clock.Now()});
}

GuildPlayers::GuildPlayers(const PlayerParts& parts, PlayerOptions options)
    : parts_(parts),
      options_(options),
      events_(parts.metrics),
      active_players_(parts.metrics.Get(guildscope::metrics::catalogue::kMusicActivePlayers)) {}

GuildPlayers::~GuildPlayers() { Close(); }

void GuildPlayers::Enqueue(QueuedTrack track) {
  Told told(*this);
  const std::lock_guard lock(mutex_);
  if (closed_) return told.Add(std::move(track), PlayEnd::kStopped, "");
  const Snowflake guild = track.request.guild;
  const auto [entry, is_new] = players_.try_emplace(guild);
  Player& player = entry->second;
  if (player.next.size() >= options_.waiting) {
    return told.Add(std::move(track), PlayEnd::kFailed, "the queue of this server is full");
  }
  const bool was_quiet = is_new || !player.now;
  player.next.push_back(std::move(track));
  Pump(guild, player, was_quiet, told);
}

PlayerAnswer GuildPlayers::Skip(Snowflake guild) {
  Told told(*this);
  const std::lock_guard lock(mutex_);
  Player* player = Find(guild);
  if (player == nullptr || !player->now) return PlayerAnswer::kNoPlayer;
  EndTrack(guild, *player, PlayEnd::kSkipped, PositionOf(*player->now), "", told);
  Pump(guild, *player, false, told);
  return PlayerAnswer::kDone;
}

PlayerAnswer GuildPlayers::Pause(Snowflake guild) {
  const std::lock_guard lock(mutex_);
  Player* player = Find(guild);
  if (player == nullptr || !player->now) return PlayerAnswer::kNoPlayer;
  if (player->paused) return PlayerAnswer::kAlready;
  player->paused = true;
  if (player->now->play) parts_.playback.Pause(*player->now->play);
  return PlayerAnswer::kDone;
}

PlayerAnswer GuildPlayers::Resume(Snowflake guild) {
  const std::lock_guard lock(mutex_);
  Player* player = Find(guild);
  if (player == nullptr || !player->now) return PlayerAnswer::kNoPlayer;
  if (!player->paused) return PlayerAnswer::kAlready;
  player->paused = false;
  player->now->silent_since = parts_.clock.SteadyNow();
  if (player->now->play) parts_.playback.Resume(*player->now->play);
  return PlayerAnswer::kDone;
}

PlayerAnswer GuildPlayers::Shuffle(Snowflake guild) {
  const std::lock_guard lock(mutex_);
  Player* player = Find(guild);
  if (player == nullptr) return PlayerAnswer::kNoPlayer;
  auto& next = player->next;
  if (next.size() < 2) return PlayerAnswer::kNothingToShuffle;
  for (std::size_t left = next.size(); left > 1; --left) {  // Fisher and Yates
    const auto chosen = static_cast<std::size_t>(parts_.random.Next() * static_cast<double>(left));
    std::swap(next[left - 1], next[chosen]);
  }
  return PlayerAnswer::kDone;
}

PlayerAnswer GuildPlayers::Stop(Snowflake guild, bool leave) {
  Told told(*this);
  const std::lock_guard lock(mutex_);
  Player* player = Find(guild);
  if (player == nullptr) return PlayerAnswer::kNoPlayer;
  if (leave) {
    EndPlayerAndLeave(guild, PlayEnd::kStopped, "", told);
  } else {
    if (player->now) EndTrack(guild, *player, PlayEnd::kStopped, PositionOf(*player->now), "", told);
    DropWaiting(*player, PlayEnd::kStopped, "", told);
  }
  return PlayerAnswer::kDone;
}

PlayerView GuildPlayers::View(Snowflake guild) const {
  const std::lock_guard lock(mutex_);
  PlayerView view;
  const auto entry = players_.find(guild);
  if (entry == players_.end()) return view;
  const Player& player = entry->second;
  if (player.now) {
    view.now = player.now->what;
    view.position = PositionOf(*player.now);
  }
  view.paused = player.paused;
  view.next.assign(player.next.begin(), player.next.end());
  return view;
}

std::size_t GuildPlayers::active() const {
  const std::lock_guard lock(mutex_);
  return players_.size();
}

std::size_t GuildPlayers::queued() const {
  const std::lock_guard lock(mutex_);
  std::size_t sum = 0;
  for (const auto& [guild, player] : players_) sum += player.next.size();
  return sum;
}

std::optional<Snowflake> GuildPlayers::Channel(Snowflake guild) const {
  const std::lock_guard lock(mutex_);
  const auto entry = players_.find(guild);
  if (entry == players_.end()) return std::nullopt;
  const Player& player = entry->second;
  return player.in_voice ? parts_.voice.Channel(guild).value_or(player.channel) : player.channel;
}

bool GuildPlayers::IsTaken(Snowflake guild) const {
  const std::lock_guard lock(mutex_);
  return players_.contains(guild);
}

std::optional<Playback::Id> GuildPlayers::PlayUnlessTaken(Snowflake guild, AudioFilePtr file,
                                                          PlaybackCallbacks callbacks) {
  const std::lock_guard lock(mutex_);
  if (closed_ || players_.contains(guild)) return std::nullopt;
  return parts_.playback.Play(guild, std::move(file), milliseconds(0), std::move(callbacks));
}

void GuildPlayers::Close() {
  Told told(*this);
  const std::lock_guard lock(mutex_);
  closed_ = true;
  while (!players_.empty()) EndPlayer(players_.begin()->first, PlayEnd::kStopped, "", told);
}

GuildPlayers::Player* GuildPlayers::Find(Snowflake guild) {
  const auto entry = players_.find(guild);
  return entry == players_.end() ? nullptr : &entry->second;
}

milliseconds GuildPlayers::PositionOf(const Current& current) const {
  if (!current.play) return current.position;
  return parts_.playback.Position(*current.play).value_or(current.position);
}

void GuildPlayers::Take(Snowflake guild, Player& player, bool was_quiet) {
  QueuedTrack track = std::move(player.next.front());
  player.next.pop_front();
  if (was_quiet) {
    player.channel = track.request.voice_channel;
  } else {
    player.channel = parts_.voice.Channel(guild).value_or(player.channel);  // Where somebody moved it.
  }
  TrackRecord record(parts_.tracer, events_, track.request, track.track.title);
  player.now.emplace(Current{.what = std::move(track), .record = std::move(record)});
  active_players_.Set(1, {std::to_string(guild)});
}

void GuildPlayers::Pump(Snowflake guild, Player& player, bool was_quiet, Told& told) {
  if (!player.now) {
    if (player.next.empty()) return;
    Take(guild, player, was_quiet);
  }
  if (player.now->play || player.join != 0) return;
  if (player.in_voice && parts_.voice.Channel(guild) == player.channel) return StartPlay(guild, player);
  StartJoin(guild, player, milliseconds(0), told);
}

void GuildPlayers::StartPlay(Snowflake guild, Player& player) {
  Current& now = *player.now;
  const std::uint64_t turn = now.turn = ++last_number_;
  now.audible = false;
  now.silent_since = parts_.clock.SteadyNow();
  now.play = parts_.playback.Play(
      guild, now.what.audio, now.position,
      {.on_start = [this, guild, turn] { OnStart(guild, turn); },
       .on_end = [this, guild, turn](const PlaybackResult& result) { OnEnd(guild, turn, result); }});
  if (player.paused) parts_.playback.Pause(*now.play);
}

void GuildPlayers::OnStart(Snowflake guild, std::uint64_t turn) {
  const std::lock_guard lock(mutex_);
  Player* player = Find(guild);
  if (player == nullptr || !player->now || player->now->turn != turn) return;
  player->now->audible = true;
  player->now->record.Start();
}

void GuildPlayers::OnEnd(Snowflake guild, std::uint64_t turn, const PlaybackResult& result) {
  Told told(*this);
  const std::lock_guard lock(mutex_);
  Player* player = Find(guild);
  if (player == nullptr || !player->now || player->now->turn != turn) return;
  player->now->play.reset();
  switch (result.end) {
    case PlaybackEnd::kFinished:
      EndTrack(guild, *player, PlayEnd::kFinished, result.position, "", told);
      break;
    case PlaybackEnd::kStopped:
      // Not by the player, which would have forgotten the turn: the bot is not in voice any more. OnVoiceLeft or
      // OnSessionLost is about to say why; otherwise the silence ends it.
      player->now->turn = 0;
      player->now->position = result.position;
      player->now->audible = false;
      player->now->silent_since = parts_.clock.SteadyNow();
      return;
    case PlaybackEnd::kBadFile:
      parts_.logger.Error("guild {}: '{}' is damaged: {}", guild, player->now->what.track.key, result.problem);
      EndTrack(guild, *player, PlayEnd::kFailed, result.position, "the file is damaged", told);
      break;
    case PlaybackEnd::kLost:
      return JoinAgain(guild, *player, result.position, result.problem, told);
  }
  Pump(guild, *player, false, told);
}

void GuildPlayers::EndTrack(Snowflake guild, Player& player, PlayEnd end, milliseconds position,
                            const std::string& problem, Told& told) {
  Current& now = *player.now;
  if (now.play) parts_.playback.Stop(*now.play);
  now.record.End(end, position, problem);
  told.Add(std::move(now.what), end, problem, position);
  player.now.reset();
  player.paused = false;
  player.quiet_since = parts_.clock.SteadyNow();
  active_players_.Set(0, {std::to_string(guild)});
}

void GuildPlayers::DropWaiting(Player& player, PlayEnd end, const std::string& problem, Told& told) {
  for (QueuedTrack& track : player.next) told.Add(std::move(track), end, problem);
  player.next.clear();
}

void GuildPlayers::EndPlayer(Snowflake guild, PlayEnd end, const std::string& problem, Told& told) {
  const auto entry = players_.find(guild);
  if (entry == players_.end()) return;
  Player& player = entry->second;
  if (player.now) EndTrack(guild, player, end, PositionOf(*player.now), problem, told);
  DropWaiting(player, end, problem, told);
  players_.erase(entry);
}

void GuildPlayers::EndPlayerAndLeave(Snowflake guild, PlayEnd end, const std::string& problem, Told& told) {
  EndPlayer(guild, end, problem, told);
  leaving_.try_emplace(guild, Leaving::kDue);
  told.Leave(guild);
}

}  // namespace disruptor::music
