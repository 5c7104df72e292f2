#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include "apps/discord_standin/certificate.hpp"
#include "apps/discord_standin/discord.hpp"

namespace standin {

/// The TLS 1.3 listener that serves REST (HTTP/1.1, kept alive) and upgrades to the Gateway's websocket, on one port.
///
/// Threads: the one that runs the io_context. Lifetime: the io_context and the Discord must outlive it.
class DiscordServer {
 public:
  /// Listens on the config's address and port; throws std::runtime_error that names them when it cannot.
  DiscordServer(boost::asio::io_context& io, const Config& config, const Certificates& certificates);
  ~DiscordServer();

  [[nodiscard]] std::uint16_t port() const;
  /// Accepts connections from now on.
  void Serve(Discord& discord);
  void Stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace standin
