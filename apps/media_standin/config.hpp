#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace media_standin {

/// What can be chosen about the stand-in. The field table with ranges and meanings is in config.cpp.
struct Config {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8091;  ///< 0: the kernel chooses.
  std::uint64_t seed = 1;
  std::size_t songs = 120;
  std::size_t playlists = 6;
  std::size_t albums = 6;

  std::string youtube_api_key;        ///< The only key that is accepted; empty: any.
  std::string spotify_client_id;      ///< The only id that is accepted; empty: any.
  std::string spotify_client_secret;  ///< The only secret that is accepted; empty: any.
  std::chrono::milliseconds token_lifetime{3'600'000};
};

/// Reads a YAML file and the environment (`MEDIA_STANDIN_PORT`, …); throws guildscope::config::ConfigError with every
/// problem.
[[nodiscard]] Config LoadConfig(const std::string& path);

}  // namespace media_standin
