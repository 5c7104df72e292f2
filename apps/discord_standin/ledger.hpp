#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "apps/discord_standin/snowflake.hpp"

namespace standin {

/// What came of one guild's voice. A frame is an RTP packet that was decrypted and is no repetition.
struct VoiceCounts {
  std::uint64_t identifies = 0;
  std::uint64_t resumes = 0;
  std::uint64_t frames = 0;          ///< Those of silence too.
  std::uint64_t silence_frames = 0;  ///< F8 FF FE: what clients send when they stop.
  std::uint64_t bytes = 0;           ///< Of Opus, in all frames.
  std::uint64_t lost = 0;            ///< Gaps in the sequence, less those that came late.
  std::uint64_t late = 0;            ///< Out of order; they are frames.
  std::uint64_t duplicates = 0;
  std::uint64_t undecryptable = 0;  ///< With the session's ssrc, but not its key.
  std::uint64_t ignored = 0;        ///< By the fault udp_loss: neither frames nor lost.
};

[[nodiscard]] Json ToJson(const VoiceCounts& counts);

/// The exact count of what was served: the truth that a bot's telemetry is held against.
///
/// A REST request counts when its answer has been written whole, with the status that was written; a dispatch when its
/// frame has been written, once per sequence number, however often a resume repeats it.
///
/// Cost: a map look-up an entry. Threads: one. Lifetime: nothing borrowed.
class Ledger {
 public:
  void RestAnswered(const std::string& method, const std::string& endpoint, unsigned status);
  void RestDropped(const std::string& method, const std::string& endpoint) { ++dropped_[{method, endpoint}]; }
  /// The client went away before its answer was written.
  void RestAborted(const std::string& endpoint) { ++aborted_[endpoint]; }
  void RateLimited(const std::string& endpoint, const std::string& scope) { ++rate_limited_[{endpoint, scope}]; }

  void CommandSent(const std::string& name) { ++commands_[name].sent; }
  void CommandAcknowledged(const std::string& name) { ++commands_[name].acknowledged; }

  void VoiceJoin(Snowflake guild_id, bool success) { ++voice_joins_[{guild_id, success}]; }
  void VoiceLeave(Snowflake guild_id) { ++voice_leaves_[guild_id]; }

  /// To count in; stays where it is as long as the ledger lives.
  VoiceCounts& Voice(Snowflake guild_id) { return voice_[guild_id]; }
  void VoiceConnected() { ++voice_connects_; }
  void VoiceHeartbeat() { ++voice_heartbeats_; }
  void VoiceClosed(unsigned code) { ++voice_closes_[code]; }
  void VoiceDropped() { ++voice_dropped_; }
  /// A packet that belongs to no session.
  void VoiceStray() { ++voice_strays_; }

  void Identified(std::uint64_t shard) { ++identifies_[shard]; }
  void IdentifiedTooFast() { ++identifies_over_concurrency_; }
  void Resumed(std::uint64_t shard) { ++resumes_[shard]; }
  void InvalidSession() { ++invalid_sessions_; }
  void EventSent(std::uint64_t shard, const std::string& type) { ++events_[{shard, type}]; }
  void Heartbeat() { ++heartbeats_; }
  void GatewayDropped() { ++gateway_dropped_; }
  void GatewayClosed(unsigned code) { ++closes_[code]; }

  /// GET /ledger, but for `guilds`, which are the sessions' to tell.
  [[nodiscard]] Json ToJson() const;

 private:
  [[nodiscard]] Json VoiceJson() const;

  struct Commands {
    std::uint64_t sent = 0;
    std::uint64_t acknowledged = 0;
  };

  std::map<std::tuple<std::string, std::string, unsigned>, std::uint64_t> rest_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> rate_limited_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> dropped_;  // by method and endpoint
  std::map<std::string, std::uint64_t> aborted_;
  std::map<std::string, Commands> commands_;
  std::map<std::pair<Snowflake, bool>, std::uint64_t> voice_joins_;
  std::map<Snowflake, std::uint64_t> voice_leaves_;
  std::map<Snowflake, VoiceCounts> voice_;
  std::map<unsigned, std::uint64_t> voice_closes_;
  std::uint64_t voice_connects_ = 0;
  std::uint64_t voice_heartbeats_ = 0;
  std::uint64_t voice_dropped_ = 0;
  std::uint64_t voice_strays_ = 0;
  std::map<std::uint64_t, std::uint64_t> identifies_;
  std::map<std::uint64_t, std::uint64_t> resumes_;
  std::map<std::pair<std::uint64_t, std::string>, std::uint64_t> events_;
  std::map<unsigned, std::uint64_t> closes_;
  std::uint64_t identifies_over_concurrency_ = 0;
  std::uint64_t invalid_sessions_ = 0;
  std::uint64_t heartbeats_ = 0;
  std::uint64_t gateway_dropped_ = 0;
};

}  // namespace standin
