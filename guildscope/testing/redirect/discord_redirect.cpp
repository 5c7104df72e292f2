#include "guildscope/testing/redirect/discord_redirect.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "guildscope/base/next_symbol.hpp"

// The redirect's class and the interposed functions stay in this one file: an archive hands out whole object files, so
// a program that makes a redirect gets the functions, and no other program does.

namespace guildscope::testing {
namespace {

constexpr const char* kMarker = "127.93.71.1";  // what Discord's names resolve to; nothing else uses this address
constexpr std::uint16_t kRedirectedPort = 443;

/// Address and port of the stand-in in network byte order, as `address << 16 | port`; 0: no redirect.
/// Global because getaddrinfo and connect are functions of the whole process.
std::atomic<std::uint64_t> g_stand_in{0};

bool EndsWith(std::string_view name, std::string_view suffix) noexcept {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return name.size() >= suffix.size() &&
         std::ranges::equal(name.substr(name.size() - suffix.size()), suffix, {}, lower);
}

bool IsDiscord(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 2> kNames = {"discord.com", "cdn.discordapp.com"};
  constexpr std::array<std::string_view, 3> kDomains = {".discord.com", ".discord.gg", ".discord.media"};
  if (name.ends_with('.')) name.remove_suffix(1);
  return std::ranges::any_of(kNames,
                             [&](auto known) { return name.size() == known.size() && EndsWith(name, known); }) ||
         std::ranges::any_of(kDomains,
                             [&](auto domain) { return name.size() > domain.size() && EndsWith(name, domain); });
}

std::uint64_t ParseStandIn(std::string_view host_port) {
  const auto colon = host_port.rfind(':');
  std::string host(host_port.substr(0, colon));
  if (host == "localhost") host = "127.0.0.1";
  const auto digits = colon == host_port.npos ? std::string_view() : host_port.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  in_addr address{};
  const bool good = inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127 &&
                    error == std::errc() && end == digits.data() + digits.size() && port != 0;
  if (!good) {
    throw std::invalid_argument("Discord stand-in '" + std::string(host_port) +
                                "': accepted is a loopback address and a port, like 127.0.0.1:8443");
  }
  return std::uint64_t{address.s_addr} << 16 | htons(port);
}

}  // namespace

DiscordRedirect::DiscordRedirect(std::string_view host_port, const std::string& ca_file) {
  const std::uint64_t stand_in = ParseStandIn(host_port);
  if (access(ca_file.c_str(), R_OK) != 0) {
    throw std::invalid_argument("certificate of the Discord stand-in '" + ca_file + "': " + std::strerror(errno));
  }
  std::uint64_t none = 0;
  if (!g_stand_in.compare_exchange_strong(none, stand_in)) throw std::logic_error("Discord is redirected already");
  if (const char* before = std::getenv("SSL_CERT_FILE")) ca_file_before_ = before;
  setenv("SSL_CERT_FILE", ca_file.c_str(), 1);
}

DiscordRedirect::~DiscordRedirect() {
  g_stand_in = 0;
  if (ca_file_before_) {
    setenv("SSL_CERT_FILE", ca_file_before_->c_str(), 1);
  } else {
    unsetenv("SSL_CERT_FILE");
  }
}

}  // namespace guildscope::testing

extern "C" int getaddrinfo(const char* __restrict node, const char* __restrict service,
                           const struct addrinfo* __restrict hints, struct addrinfo** __restrict result) {
  using namespace guildscope::testing;  // NOLINT(google-build-using-namespace)
  static const auto next = guildscope::NextSymbol<decltype(&getaddrinfo)>("getaddrinfo");
  if (!next) return EAI_SYSTEM;
  if (g_stand_in.load(std::memory_order_relaxed) == 0 || !node || !IsDiscord(node)) {
    return next(node, service, hints, result);
  }
  // The C library makes the answer itself, from a numeric address, so that its freeaddrinfo can free it.
  addrinfo numeric{};
  if (hints) numeric = *hints;
  numeric.ai_flags = (numeric.ai_flags | AI_NUMERICHOST) & ~AI_ADDRCONFIG;
  return next(kMarker, service, &numeric, result);
}

extern "C" int connect(int socket, const struct sockaddr* address, socklen_t length) {
  using namespace guildscope::testing;  // NOLINT(google-build-using-namespace)
  static const auto next = guildscope::NextSymbol<decltype(&connect)>("connect");
  if (!next) {
    errno = ENOSYS;
    return -1;
  }
  const std::uint64_t stand_in = g_stand_in.load(std::memory_order_relaxed);
  if (stand_in == 0 || !address || length < sizeof(sockaddr_in) || address->sa_family != AF_INET) {
    return next(socket, address, length);
  }
  sockaddr_in target{};
  std::memcpy(&target, address, sizeof target);
  if (target.sin_port != htons(kRedirectedPort) || target.sin_addr.s_addr != inet_addr(kMarker)) {
    return next(socket, address, length);
  }
  target.sin_addr.s_addr = static_cast<in_addr_t>(stand_in >> 16);
  target.sin_port = static_cast<in_port_t>(stand_in & 0xFFFF);
  return next(socket, reinterpret_cast<const sockaddr*>(&target), sizeof target);
}
