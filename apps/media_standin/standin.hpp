#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "apps/media_standin/catalogue.hpp"
#include "apps/media_standin/config.hpp"
#include "guildscope/base/clock.hpp"

namespace media_standin {

/// A server that stands in for YouTube's and Spotify's APIs and for where the audio is: one port of plain HTTP.
/// README.md lists its paths.
///
/// Cost: eight threads for answers and one for sockets. Threads: any. Lifetime: the clock, by which tokens end, must
/// outlive it. The destructor stops it within two seconds.
class Standin {
 public:
  /// Listens. Throws std::runtime_error when that is impossible.
  explicit Standin(Config config, const guildscope::Clock& clock = guildscope::RealClock());
  ~Standin();
  Standin(const Standin&) = delete;
  Standin& operator=(const Standin&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// `http://127.0.0.1:PORT`.
  [[nodiscard]] std::string url() const;
  [[nodiscard]] const Catalogue& catalogue() const noexcept;
  [[nodiscard]] Json ledger() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace media_standin
