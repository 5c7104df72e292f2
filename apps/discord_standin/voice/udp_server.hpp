#pragma once

#include <cstdint>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "apps/discord_standin/config.hpp"
#include "apps/discord_standin/voice/voice_server.hpp"

namespace standin {

/// The one UDP socket of all voice sessions.
///
/// Cost: packets are read by up to 64 a system call. When a packet came is the kernel's word, so that what is measured
/// of the sender does not depend on when this thread found the time to read.
/// Threads: the one that runs the io_context. Lifetime: the io_context and the VoiceServer must outlive it.
class UdpServer {
 public:
  /// Binds the config's address and voice_port; throws std::runtime_error that names them when it cannot.
  UdpServer(boost::asio::io_context& io, const Config& config);
  ~UdpServer();

  [[nodiscard]] std::uint16_t port() const;
  /// Hands over packets from now on.
  void Serve(VoiceServer& voice);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace standin
