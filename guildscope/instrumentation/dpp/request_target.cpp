#include "guildscope/instrumentation/dpp/request_target.hpp"

#include <charconv>

namespace guildscope::dpp {
namespace {

constexpr std::string_view kDiscordHost = "discord.com";

std::uint16_t DefaultPort(std::string_view scheme) noexcept { return scheme == "http" ? 80 : 443; }

}  // namespace

RequestTarget ParseTarget(std::string_view endpoint) noexcept {
  RequestTarget target;
  const auto scheme_end = endpoint.find("://");
  if (scheme_end == std::string_view::npos) {
    target.to_discord = true;
    target.scheme = "https";
    target.host = kDiscordHost;
    target.port = 443;
    target.path = endpoint.substr(0, endpoint.find_first_of("?#"));
    return target;
  }
  target.scheme = endpoint.substr(0, scheme_end);
  target.port = DefaultPort(target.scheme);
  std::string_view rest = endpoint.substr(scheme_end + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  rest.remove_prefix(authority.size());
  target.path = rest.substr(0, rest.find_first_of("?#"));

  const auto user_end = authority.rfind('@');
  target.host = user_end == std::string_view::npos ? authority : authority.substr(user_end + 1);
  // The colons inside the brackets of an IPv6 address are no port.
  const auto colon = target.host.rfind(':');
  if (colon != std::string_view::npos && target.host.find(']', colon) == std::string_view::npos) {
    const std::string_view port = target.host.substr(colon + 1);
    std::from_chars(port.data(), port.data() + port.size(), target.port);
    target.host = target.host.substr(0, colon);
  }
  return target;
}

std::string PublicUrl(const RequestTarget& target, std::string_view path) {
  std::string url(target.scheme);
  url.append("://").append(target.host);
  if (target.port != DefaultPort(target.scheme)) url.append(":").append(std::to_string(target.port));
  return url.append(path.substr(0, path.find_first_of("?#")));
}

}  // namespace guildscope::dpp
