#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace guildscope::testing {

/// Sends this process's connections to Discord to a stand-in on this machine, while it lives.
///
/// D++ fixes the host names and port 443, so the program that links this puts its own getaddrinfo and connect in front
/// of the C library's. With a redirect alive, Discord's names (discord.com, *.discord.com, *.discord.gg,
/// *.discord.media, cdn.discordapp.com) resolve to a private loopback address, and connections to port 443 of that
/// address go to the stand-in. Everything else, and everything while there is no redirect, goes straight on.
///
/// Cost: one relaxed load on each getaddrinfo and connect of the process.
/// Threads: make it before other threads start, for it sets SSL_CERT_FILE in the environment; the redirected functions
/// may be called from any. Lifetime: one at a time; those already connected stay connected when it ends.
class DiscordRedirect {
 public:
  /// `host_port` is where the stand-in listens, like `127.0.0.1:8443`: an address of 127.0.0.0/8 or `localhost`, and a
  /// port, so that a token can never leave the machine by a wrong setting. `ca_file` is the PEM of the authority that
  /// signed its certificate; OpenSSL trusts it in place of its default file.
  /// Throws std::invalid_argument naming the bad value, std::logic_error when there is a redirect already.
  DiscordRedirect(std::string_view host_port, const std::string& ca_file);
  ~DiscordRedirect();
  DiscordRedirect(const DiscordRedirect&) = delete;
  DiscordRedirect& operator=(const DiscordRedirect&) = delete;

 private:
  std::optional<std::string> ca_file_before_;
};

}  // namespace guildscope::testing
