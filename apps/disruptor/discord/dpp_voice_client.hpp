#pragma once

#include <dpp/cluster.h>
#include <dpp/discordvoiceclient.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "apps/disruptor/snowflake.hpp"

namespace disruptor {

/// What Discord lets the bot into a voice server with: the voice state's session, and VOICE_SERVER_UPDATE's rest.
struct VoiceCredentials {
  Snowflake guild = 0;
  Snowflake channel = 0;
  std::string session_id;
  std::string token;
  std::string endpoint;  ///< `host:port`
  bool operator==(const VoiceCredentials&) const = default;
};

/// D++'s connection to a voice server, in our hands: D++'s own keeper of it, dpp::voiceconn, destroys it on threads of
/// the pool while the event loop may be inside it, sleeps on the event loop while it does, reconnects with a request
/// that is sent twice, and asks Discord for things by itself.
///
/// So whoever makes this one destroys it, on the event loop, and not from within its callbacks. What is sent goes out
/// at once, past D++'s queue, which would sleep on the event loop to keep the time. No handler of D++'s voice events
/// (on_voice_ready, …) may be set in the process: D++ would call it with a client that may be gone by then.
///
/// Cost: of a frame, its encryption and one system call. Threads: the event loop's alone,
/// callbacks too. Lifetime: shorter than the cluster's.
class DppVoiceClient final : public dpp::discord_voice_client {
 public:
  struct Callbacks {
    std::function<void()> on_ready;                    ///< The server is ready for sound. Once.
    std::function<void(unsigned close_code)> on_lost;  ///< 0: it ended without one. Once, and nothing after it.
  };

  /// Begins to connect. Throws std::exception when that cannot even begin. `dave`: offers end-to-end encryption.
  DppVoiceClient(dpp::cluster& bot, const VoiceCredentials& credentials, bool dave, Callbacks callbacks);

  /// Whether frames may be sent: also, that D++ has sent the frame of silence that it begins with, whose number is
  /// lower.
  [[nodiscard]] bool ready();

  /// One Opus packet of `samples` at 48 kHz; only when ready.
  void SendFrame(std::span<const std::uint8_t> opus, std::int64_t samples);

  /// The UDP socket, which D++ 10.1.6 never closes: whoever destroys the client closes it afterwards. Negative: none.
  [[nodiscard]] dpp::socket udp_socket() noexcept;

  // What D++ calls.
  bool handle_frame(const std::string& data, dpp::ws_opcode opcode) override;
  void error(std::uint32_t code) override;
  void on_disconnect() override;
  void one_second_timer() override;
  void log(dpp::loglevel severity, const std::string& text) const override;

 private:
  void ReadDescription(const std::string& data);
  void BecomeReady();
  void Lose(unsigned close_code);

  const Callbacks callbacks_;
  const std::chrono::steady_clock::time_point made_;
  std::chrono::steady_clock::time_point last_frame_;
  std::chrono::steady_clock::time_point described_;  ///< When the session was described.
  std::uint64_t ssrc_ = 0;
  int dave_version_ = 0;
  unsigned close_code_ = 0;
  bool ready_ = false;
  bool flushed_ = false;
  bool lost_ = false;
};

}  // namespace disruptor
