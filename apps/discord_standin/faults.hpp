#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <optional>
#include <stdexcept>
#include <string>

#include "apps/discord_standin/snowflake.hpp"

namespace standin {

/// A request to the control server that cannot be done; what() says what is wrong and what is accepted.
class BadRequest : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class FaultKind {
  kRateLimit,
  kServerError,
  kSlow,
  kDropSocket,
  kDropGateway,
  kInvalidSession,
  kReconnect,
  kGuildVanish,
  kGuildReturn,
  kVoiceDeny,
  kHeartbeatSilence,
  kVoiceDrop,
  kVoiceServerChange,
  kVoiceSilent,
  kVoiceSlow,
  kUdpLoss,
};

/// What a voice_silent server does not say.
enum class VoiceSilence { kNone, kHello, kReady };

/// One fault as POST /faults asks for it; which fields count depends on the kind.
struct Fault {
  FaultKind kind = FaultKind::kRateLimit;
  std::string endpoint;                ///< Route template; empty: every route.
  std::uint64_t count = 1;             ///< How many requests, joins or heartbeats it befalls.
  std::string scope = "user";          ///< user, global, shared
  double retry_after = 1.0;            ///< Seconds.
  unsigned status = 500;               ///< 500 to 599
  std::chrono::milliseconds delay{0};  ///< Of kSlow and kVoiceSlow.
  std::optional<std::uint64_t> shard;  ///< None: all.
  std::optional<unsigned> close_code;  ///< Of kDropGateway, kVoiceDrop; none: it ends without one.
  bool resumable = false;              ///< Of kInvalidSession.
  Snowflake guild_id = 0;              ///< 0: all.
  bool removed = false;                ///< Of kGuildVanish: the bot was removed, not an outage.
  VoiceSilence silence = VoiceSilence::kNone;
  std::uint64_t every = 2;   ///< Of kUdpLoss: each that manieth packet.
  std::uint64_t passed = 0;  ///< Of kUdpLoss: packets that it has seen.
};

/// Reads and checks a fault; throws BadRequest.
[[nodiscard]] Fault ParseFault(const Json& request);

/// What befalls one REST request.
struct RestFaults {
  std::chrono::milliseconds delay{0};
  std::optional<Fault> outcome;  ///< kRateLimit, kServerError or kDropSocket instead of an answer.
};

/// The faults that wait for a request, a voice join or a heartbeat to befall. Those of the Gateway happen at once and
/// are not kept here.
///
/// Threads: one. Lifetime: nothing borrowed.
class Faults {
 public:
  void Add(Fault fault) { pending_.push_back(std::move(fault)); }
  void Clear() { pending_.clear(); }

  /// Takes what befalls a request to this route: at most one delay and one outcome, in the order they were added.
  RestFaults TakeRest(const std::string& route);
  bool TakeVoiceDeny(Snowflake guild_id);
  bool TakeHeartbeatSilence(std::uint64_t shard);

  bool TakeVoiceSilence(VoiceSilence silence, Snowflake guild_id);
  /// How long the session description is to wait.
  std::chrono::milliseconds TakeVoiceSlow(Snowflake guild_id);
  /// Whether this voice packet is to be ignored. Cost: next to nothing while no fault waits.
  bool TakeUdpLoss(Snowflake guild_id);

  /// GET /faults: what still waits.
  [[nodiscard]] Json ToJson() const;

 private:
  template <typename Matches>
  std::optional<Fault> Take(Matches matches);

  std::list<Fault> pending_;
};

}  // namespace standin
