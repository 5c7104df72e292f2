#include <cstdlib>
#include <iostream>
#include <optional>

#include "guildscope/testing/redirect/discord_redirect.hpp"

namespace {

/// From the moment the library is loaded: DISCORD_STANDIN is the stand-in's host and port, DISCORD_STANDIN_CA the file
/// of its certificate authority.
std::optional<guildscope::testing::DiscordRedirect> Redirect() {
  const char* const host_port = std::getenv("DISCORD_STANDIN");
  const char* const ca_file = std::getenv("DISCORD_STANDIN_CA");
  if (host_port == nullptr || ca_file == nullptr) {
    std::cerr << "hello_bot_redirect: DISCORD_STANDIN and DISCORD_STANDIN_CA are not set\n";
    std::exit(1);
  }
  return std::optional<guildscope::testing::DiscordRedirect>(std::in_place, host_port, ca_file);
}

const auto redirect = Redirect();

}  // namespace
