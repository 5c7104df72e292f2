#pragma once

#include <dpp/cluster.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "apps/disruptor/discord/dpp_voice_client.hpp"
#include "apps/disruptor/discord/event_loop.hpp"
#include "guildscope/logging/logger.hpp"

namespace disruptor {

/// The connections to voice servers, one a guild that the bot is in voice in. The gateway says when the bot asks for a
/// channel and when it leaves; the connection is made when Discord has said both where to and with what, kept up over
/// drops (a few times in a row, with the same credentials), and made anew when Discord names another server.
///
/// Without a VOICE_SERVER_UPDATE there is no connection, and nobody is told: whoever waits has a limit.
///
/// Threads: those that say so any; all else, and what the listener is told, the event loop's alone. Lifetime: close it
/// before the event loop is closed. What it was given must outlive it.
class DppVoiceLinks {
 public:
  struct Listener {
    std::function<void(Snowflake guild)> on_left;  ///< The bot is not in voice there any more.
    /// It cannot be kept up. Joining anew is the only way.
    std::function<void(Snowflake guild, const std::string& why)> on_lost;
  };

  DppVoiceLinks(dpp::cluster& bot, EventLoop& loop, bool dave, guildscope::logging::Logger logger);
  ~DppVoiceLinks();
  DppVoiceLinks(const DppVoiceLinks&) = delete;
  DppVoiceLinks& operator=(const DppVoiceLinks&) = delete;

  /// Before anything else.
  void SetListener(Listener listener) { listener_ = std::move(listener); }

  /// The bot is about to ask for this channel.
  void Expect(Snowflake guild, Snowflake channel);
  void Drop(Snowflake guild);

  // Any thread: what Discord says about the bot, in whatever order it comes.
  void OnOwnVoiceState(Snowflake guild, Snowflake channel, const std::string& session_id);
  void OnVoiceServer(Snowflake guild, const std::string& token, const std::string& endpoint);
  /// The guilds are gone, or the session of their shard.
  void DropAll(std::function<bool(Snowflake guild)> which);

  [[nodiscard]] bool IsReady(Snowflake guild);
  /// One Opus packet; false when the connection is not ready. `samples` at 48 kHz.
  bool Send(Snowflake guild, std::span<const std::uint8_t> opus, std::int64_t samples);

  /// Any thread: ends all connections. Idempotent.
  void Close();

 private:
  struct Link {
    VoiceCredentials credentials;
    std::unique_ptr<DppVoiceClient> client;
    std::uint64_t number = 0;  ///< Changes with each attempt and each end: what was said to an earlier one is over.
    int drops = 0;             ///< In a row.
    std::chrono::steady_clock::time_point connected{};  ///< When the client was made.
  };

  void Connect(Snowflake guild, Link& link);
  void OnReady(Snowflake guild, std::uint64_t number);
  void OnLost(Snowflake guild, std::uint64_t number, unsigned close_code);
  void After(std::chrono::seconds wait, Snowflake guild, std::uint64_t number, std::function<void(Link& link)> work);
  void Lose(Snowflake guild, Link& link, const std::string& why);
  void Destroy(Link& link);
  Link* Find(Snowflake guild);

  dpp::cluster& bot_;
  EventLoop& loop_;
  const bool dave_;
  const guildscope::logging::Logger logger_;
  Listener listener_;
  std::map<Snowflake, Link> links_;  // the event loop's
  std::uint64_t last_number_ = 0;    // the event loop's
};

}  // namespace disruptor
