#pragma once

#include <dpp/cluster.h>

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>

#include "apps/disruptor/discord/dpp_voice_links.hpp"
#include "apps/disruptor/discord/event_loop.hpp"
#include "apps/disruptor/discord/send_budget.hpp"
#include "apps/disruptor/voice/voice_sessions.hpp"

namespace disruptor {

/// Sends voice state updates over the guild's shard.
///
/// They go straight to the open connection: D++'s own queue says nothing about whether a message was sent, and loses
/// what waits when the connection breaks. Discord closes a connection that sends more than 120 messages a minute, so
/// those who await their turn send at most 106; the rest is for D++'s heartbeats. The voice connection itself is made
/// by the links, which are told of each message, on the event loop: D++'s own way would send messages of its own.
///
/// Threads: any. Lifetime: all must outlive it.
class DppVoiceGateway final : public VoiceGateway {
 public:
  DppVoiceGateway(dpp::cluster& bot, EventLoop& loop, DppVoiceLinks& links) noexcept
      : bot_(bot), loop_(loop), links_(links) {}

  void AwaitTurn(Snowflake guild) override;
  bool SendVoiceState(Snowflake guild, Snowflake channel) override;

  /// From now on it is everybody's turn: the connection is about to end.
  void StopWaiting();

 private:
  dpp::cluster& bot_;
  EventLoop& loop_;
  DppVoiceLinks& links_;
  std::mutex mutex_;
  std::condition_variable stop_changed_;
  bool stopped_ = false;                         // guarded by mutex_
  std::map<std::uint32_t, SendBudget> budgets_;  // by shard, guarded by mutex_
};

/// The shard that a guild belongs to, as Discord's documentation of sharding says.
[[nodiscard]] constexpr std::uint32_t ShardOf(Snowflake guild, std::uint32_t shards) noexcept {
  return shards == 0 ? 0 : static_cast<std::uint32_t>((guild >> 22) % shards);
}

}  // namespace disruptor
