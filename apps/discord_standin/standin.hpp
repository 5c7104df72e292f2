#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "apps/discord_standin/config.hpp"
#include "guildscope/base/clock.hpp"

namespace standin {

/// The whole stand-in: made-up world, REST and Gateway over TLS, traffic, control API. discord-standin is a main around
/// it; tests may run it in their own process.
///
/// Cost: one thread for everything that Discord does, and the control server's.
/// Threads: any. Lifetime: the clock must outlive it; the destructor stops it within two seconds.
class Standin {
 public:
  /// Listens and writes the certificate authority's file; throws std::runtime_error that says what could not be done.
  explicit Standin(const Config& config, const guildscope::Clock& clock = guildscope::RealClock());
  ~Standin();

  [[nodiscard]] std::uint16_t discord_port() const;
  [[nodiscard]] std::uint16_t control_port() const;
  [[nodiscard]] const std::string& ca_file() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace standin
