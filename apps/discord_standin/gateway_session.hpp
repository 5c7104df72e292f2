#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "apps/discord_standin/ledger.hpp"
#include "apps/discord_standin/snowflake.hpp"

namespace standin {

/// Where a connection of the Gateway or of voice writes to: a websocket, or a test's list.
///
/// Threads: one. Lifetime: told to its owner by Opened, and no longer used after Closed.
class GatewayTransport {
 public:
  virtual ~GatewayTransport() = default;
  /// Queues a payload. `written` is called once its frame has been written whole; not when the connection ends before.
  virtual void Send(std::string payload, std::function<void()> written) = 0;
  /// Writes what is queued, then a close frame. What arrives meanwhile is not read.
  virtual void Close(unsigned code, const std::string& reason) = 0;
  /// Ends the connection after the frame that is being written, without a close frame.
  virtual void Drop() = 0;
};

/// What a websocket tells: the Gateway or the voice server.
class TransportOwner {
 public:
  virtual ~TransportOwner() = default;
  virtual void Opened(GatewayTransport& transport) = 0;
  virtual void Received(GatewayTransport& transport, const std::string& text) = 0;
  /// `code`: of the client's close frame; 0 when it went without one, or when we ended it.
  virtual void Closed(GatewayTransport& transport, unsigned code) = 0;
};

/// The Gateway intents that decide which events a session gets.
namespace intent {
inline constexpr std::uint64_t kNone = 0;
inline constexpr std::uint64_t kGuilds = 1ULL << 0;
inline constexpr std::uint64_t kGuildMembers = 1ULL << 1;
inline constexpr std::uint64_t kVoiceStates = 1ULL << 7;
inline constexpr std::uint64_t kGuildMessages = 1ULL << 9;
}  // namespace intent

/// One session of a shard: its sequence, and the dispatches that a resume repeats. It outlives its connections.
///
/// Cost: a dispatch is serialised once and kept until 4,096 later ones have pushed it out.
/// Threads: one. Lifetime: the ledger must outlive it; always held by a shared_ptr.
class GatewaySession : public std::enable_shared_from_this<GatewaySession> {
 public:
  static constexpr std::size_t kReplayed = 4'096;

  GatewaySession(std::string id, std::uint64_t shard, std::uint64_t shards, std::uint64_t intents, Ledger& ledger)
      : id_(std::move(id)), shard_(shard), shards_(shards), intents_(intents), ledger_(ledger) {}

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] std::uint64_t shard() const { return shard_; }
  [[nodiscard]] std::uint64_t shards() const { return shards_; }
  [[nodiscard]] std::uint64_t seq() const { return seq_; }
  [[nodiscard]] GatewayTransport* transport() const { return transport_; }
  [[nodiscard]] std::chrono::steady_clock::time_point disconnected_at() const { return disconnected_at_; }

  /// All of the bits; kNone is always wanted.
  [[nodiscard]] bool Wants(std::uint64_t intents) const { return (intents_ & intents) == intents; }
  [[nodiscard]] bool Covers(Snowflake guild_id) const { return ShardOf(guild_id, shards_) == shard_; }

  void Attach(GatewayTransport& transport) { transport_ = &transport; }
  void Detach(std::chrono::steady_clock::time_point now) {
    transport_ = nullptr;
    disconnected_at_ = now;
  }

  /// Gives the event the next sequence number, keeps it, and sends it if there is a connection.
  void Dispatch(const std::string& type, const Json& data);

  /// Whether everything after `seq` is still known.
  [[nodiscard]] bool CanReplayAfter(std::uint64_t seq) const;
  void ReplayAfter(std::uint64_t seq);

 private:
  struct Event {
    std::uint64_t seq = 0;
    std::string type;
    std::string payload;
  };

  void Send(const Event& event);

  const std::string id_;
  const std::uint64_t shard_;
  const std::uint64_t shards_;
  const std::uint64_t intents_;
  Ledger& ledger_;
  GatewayTransport* transport_ = nullptr;
  std::chrono::steady_clock::time_point disconnected_at_;
  std::uint64_t seq_ = 0;
  std::uint64_t counted_ = 0;  ///< The highest sequence number that the ledger knows of.
  std::deque<Event> events_;
};

}  // namespace standin
