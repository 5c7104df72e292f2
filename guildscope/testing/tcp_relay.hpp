#pragma once

#include <cstdint>
#include <memory>

namespace guildscope::testing {

/// A relay in front of a TCP server, where tests count bytes and put faults at the socket, whatever the protocol.
///
/// Threads: any. Lifetime: the destructor closes every connection.
class TcpRelay {
 public:
  enum class Mode {
    kPass,       ///< Both directions.
    kBlackHole,  ///< Accepts, reads nothing, and never answers.
    kGarbage,    ///< Answers every connection with bytes of no protocol.
    kReset,      ///< Accepts and closes with a reset.
    kResetLate,  ///< Passes the client's first 200 bytes on, which end in the middle of a request, then resets.
    kTrickle,    ///< Passes one byte a second, in both directions.
    kRefuse,     ///< Does not listen. The port stays the relay's, which a server that is stopped cannot promise.
  };

  /// Relays to 127.0.0.1:`port`. Throws std::runtime_error when it cannot listen.
  explicit TcpRelay(std::uint16_t port);
  ~TcpRelay();
  TcpRelay(const TcpRelay&) = delete;
  TcpRelay& operator=(const TcpRelay&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

  /// For connections from now on; those that are open are closed.
  void SetMode(Mode mode);

  /// Bytes from clients to the server since the start.
  [[nodiscard]] std::uint64_t bytes_sent() const noexcept;
  /// Connections accepted since the start.
  [[nodiscard]] std::uint64_t connections() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope::testing
