#include "apps/disruptor/commands/music_replies.hpp"

#include <algorithm>
#include <cstdio>

#include "apps/disruptor/commands/duration_text.hpp"
#include "apps/disruptor/music/pipeline/bundle.hpp"

namespace disruptor {
namespace {

using music::PlainText;
using music::PlayerAnswer;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::size_t kPage = 10;
constexpr std::size_t kTitle = 50;
constexpr std::size_t kBar = 20;
constexpr const char* kNothingPlays = "Nothing is playing. `/play` changes that.";

std::string Mention(Snowflake channel) { return "<#" + std::to_string(channel) + ">"; }
std::string MentionUser(Snowflake user) { return "<@" + std::to_string(user) + ">"; }

std::string Tracks(std::size_t count) { return std::to_string(count) + (count == 1 ? " track" : " tracks"); }

milliseconds LengthOf(const music::QueuedTrack& track) {
  return track.audio && track.audio->length.count() > 0 ? track.audio->length : track.track.length;
}

std::string Describe(const music::QueuedTrack& track) {
  const milliseconds length = LengthOf(track);
  return PlainText(track.track.title, kTitle) + (length.count() > 0 ? " (" + FormatPosition(length) + ")" : "") +
         ", for " + MentionUser(track.request.user);
}

std::string Coming(std::size_t coming) { return coming == 0 ? "" : "\n" + Tracks(coming) + " more on the way."; }

std::string Bar(milliseconds position, milliseconds length) {
  const double part = std::clamp(static_cast<double>(position.count()) / static_cast<double>(length.count()), 0.0, 1.0);
  const auto at = std::min(kBar - 1, static_cast<std::size_t>(part * kBar));
  std::string bar;
  for (std::size_t i = 0; i < kBar; ++i) bar += i == at ? "●" : i < at ? "━" : "─";
  return bar;
}

std::string Ago(seconds time) {
  if (time < seconds(60)) return "just now";
  const auto rounded = time < std::chrono::hours(1)    ? std::chrono::floor<std::chrono::minutes>(time)
                       : time < std::chrono::hours(24) ? std::chrono::floor<std::chrono::hours>(time)
                                                       : std::chrono::floor<std::chrono::days>(time);
  return FormatDuration(rounded) + " ago";
}

}  // namespace

std::string FormatPosition(milliseconds time) {
  const auto all = std::max<std::int64_t>(0, std::chrono::floor<seconds>(time).count());
  char text[32];
  if (all >= 3'600) {
    std::snprintf(text, sizeof text, "%lld:%02d:%02d", static_cast<long long>(all / 3'600),
                  static_cast<int>(all / 60 % 60), static_cast<int>(all % 60));
  } else {
    std::snprintf(text, sizeof text, "%d:%02d", static_cast<int>(all / 60), static_cast<int>(all % 60));
  }
  return text;
}

std::string RefusePlay(const Caller& caller, const std::optional<VoiceChannel>& channel,
                       std::optional<Snowflake> player_channel) {
  if (caller.guild == 0) return kOnlyInServers;
  if (caller.voice_channel == 0) return "Join a voice channel first, so that I know where to play.";
  if (player_channel == caller.voice_channel) return "";
  if (player_channel) {
    return "I am playing in " + Mention(*player_channel) + ". Join me there, or send me away with `/disconnect`.";
  }
  if (!channel) return "I cannot see " + Mention(caller.voice_channel) + ".";
  if (!channel->may_join) return "I may not join " + Mention(channel->id) + ": I lack the permission to connect there.";
  if (!channel->may_speak) {
    return "I may not speak in " + Mention(channel->id) + ", so nobody would hear anything.";
  }
  if (!HasRoom(*channel)) return Mention(channel->id) + " is full.";
  return "";
}

std::string DescribePlay(music::PlayAnswer answer, const std::string& what) {
  switch (answer) {
    case music::PlayAnswer::kTaken:
      return "Looking for **" + PlainText(what) + "**. I say in this channel what becomes of it.";
    case music::PlayAnswer::kFull:
      return "Too many tracks wait already. Try again when some have been played.";
    case music::PlayAnswer::kEnding:
      break;
  }
  return "I am shutting down right now.";
}

std::string RefuseControl(const Caller& caller, std::optional<Snowflake> player_channel) {
  if (caller.guild == 0) return kOnlyInServers;
  if (caller.may_manage || !player_channel || caller.voice_channel == *player_channel) return "";
  return "Only those who listen in " + Mention(*player_channel) + ", or who may manage this server, can do that.";
}

std::string DescribeSkip(PlayerAnswer answer) { return answer == PlayerAnswer::kDone ? "Skipped." : kNothingPlays; }

std::string DescribePause(PlayerAnswer answer) {
  if (answer == PlayerAnswer::kAlready) return "It is paused already. `/resume` goes on.";
  return answer == PlayerAnswer::kDone ? "Paused. `/resume` goes on." : kNothingPlays;
}

std::string DescribeResume(PlayerAnswer answer) {
  if (answer == PlayerAnswer::kAlready) return "It is not paused.";
  return answer == PlayerAnswer::kDone ? "On it goes." : kNothingPlays;
}

std::string DescribeShuffle(PlayerAnswer answer) {
  if (answer == PlayerAnswer::kNothingToShuffle) return "There is nothing to shuffle: fewer than two tracks wait.";
  return answer == PlayerAnswer::kDone ? "Shuffled." : kNothingPlays;
}

std::string DescribeStop(PlayerAnswer answer, std::size_t dropped) {
  if (answer == PlayerAnswer::kDone) return "Stopped, and the queue is empty.";
  return dropped > 0 ? "Stopped: " + Tracks(dropped) + " on the way will not be played." : kNothingPlays;
}

std::string DescribeQueue(const music::PlayerView& view, std::size_t coming, std::int64_t page) {
  if (!view.now && view.next.empty()) {
    return coming > 0 ? Tracks(coming) + " on the way; nothing is playing yet." : kNothingPlays;
  }
  const std::size_t pages = std::max<std::size_t>(1, (view.next.size() + kPage - 1) / kPage);
  if (page < 1 || static_cast<std::size_t>(page) > pages) {
    return "There is no page " + std::to_string(page) + ": the queue has " + std::to_string(pages) +
           (pages == 1 ? " page." : " pages.");
  }
  std::string text;
  if (view.now) text = std::string(view.paused ? "Paused: " : "Now: ") + Describe(*view.now);
  const std::size_t first = (static_cast<std::size_t>(page) - 1) * kPage;
  milliseconds wait = view.now ? std::max(LengthOf(*view.now) - view.position, milliseconds(0)) : milliseconds(0);
  for (std::size_t i = 0; i < view.next.size() && i < first + kPage; ++i) {
    if (i >= first) {
      text += "\n" + std::to_string(i + 1) + "\\. " + Describe(view.next[i]) + ", in " + FormatPosition(wait);
    }
    wait += LengthOf(view.next[i]);
  }
  text += "\n" + (view.next.empty() ? std::string("Nothing waits.") : Tracks(view.next.size()) + " waiting.");
  if (pages > 1) text += " Page " + std::to_string(page) + " of " + std::to_string(pages) + ".";
  return text + Coming(coming);
}

std::string DescribeNow(const music::PlayerView& view, std::size_t coming) {
  if (!view.now) return coming > 0 ? Tracks(coming) + " on the way; nothing is playing yet." : kNothingPlays;
  const milliseconds length = LengthOf(*view.now);
  std::string text = "**" + PlainText(view.now->track.title, kTitle) + "**, for " + MentionUser(view.now->request.user);
  text += "\n" + FormatPosition(view.position);
  if (length.count() > 0) text += " " + Bar(view.position, length) + " " + FormatPosition(length);
  return text + (view.paused ? ", paused" : "");
}

std::string DescribeHistory(const std::vector<music::HistoryEntry>& entries,
                            std::chrono::system_clock::time_point now) {
  if (entries.empty()) return "Nothing was played here yet.";
  std::string text = "What was played here:";
  for (const music::HistoryEntry& entry : entries) {
    text += "\n" + PlainText(entry.title, kTitle) + ", for " + MentionUser(entry.user) + ", " +
            Ago(std::chrono::duration_cast<seconds>(now - entry.played));
    if (entry.end != "finished") text += ", " + entry.end;
  }
  return text;
}

}  // namespace disruptor
