#include "guildscope/export/endpoint.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace guildscope::exporting {
namespace {

constexpr std::string_view kSchemeEnd = "://";

[[noreturn]] void Refuse(std::string_view endpoint, std::string_view accepted) {
  throw std::invalid_argument("endpoint '" + WithoutCredentials(endpoint) + "'; accepted: " + std::string(accepted));
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

/// The part between `://` and the next `/`, `?` or `#`, without user and password.
std::string_view Authority(std::string_view url) {
  url.remove_prefix(url.find(kSchemeEnd) + kSchemeEnd.size());
  url = url.substr(0, url.find_first_of("/?#"));
  const std::size_t user_end = url.rfind('@');
  return user_end == std::string_view::npos ? url : url.substr(user_end + 1);
}

bool HasPort(std::string_view authority) {
  const std::size_t colon = authority.rfind(':');
  const std::size_t bracket = authority.rfind(']');
  return colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
}

}  // namespace

GrpcEndpoint ParseGrpcEndpoint(std::string_view endpoint, bool insecure) {
  constexpr std::string_view kAccepted = "http://host:port, https://host:port or host:port";
  if (endpoint.empty()) Refuse(endpoint, kAccepted);
  constexpr std::array<std::string_view, 5> kResolvers{"unix:", "unix-abstract:", "dns:", "ipv4:", "ipv6:"};
  const bool for_resolver = std::any_of(kResolvers.begin(), kResolvers.end(),
                                        [&](std::string_view prefix) { return endpoint.starts_with(prefix); });
  if (for_resolver || endpoint.find(kSchemeEnd) == std::string_view::npos) return {std::string(endpoint), !insecure};

  const std::string scheme = LowerCase(endpoint.substr(0, endpoint.find(kSchemeEnd)));
  if (scheme != "http" && scheme != "https") Refuse(endpoint, kAccepted);
  const bool tls = scheme == "https";
  std::string target(Authority(endpoint));
  if (target.empty() || target.front() == ':') Refuse(endpoint, kAccepted);
  if (!HasPort(target)) target += tls ? ":443" : ":80";
  return {std::move(target), tls};
}

void CheckHttpEndpoint(std::string_view endpoint) {
  constexpr std::string_view kAccepted = "a URL such as http://localhost:4318/v1/traces";
  const std::size_t scheme_end = endpoint.find(kSchemeEnd);
  if (scheme_end == std::string_view::npos) Refuse(endpoint, kAccepted);
  const std::string scheme = LowerCase(endpoint.substr(0, scheme_end));
  if (scheme != "http" && scheme != "https") Refuse(endpoint, kAccepted);
  const std::string_view authority = Authority(endpoint);
  if (authority.empty() || authority.front() == ':') Refuse(endpoint, kAccepted);
}

std::string WithoutCredentials(std::string_view url) {
  const std::size_t scheme_end = url.find(kSchemeEnd);
  if (scheme_end == std::string_view::npos) return std::string(url);
  const std::size_t start = scheme_end + kSchemeEnd.size();
  const std::size_t end = std::min(url.find_first_of("/?#", start), url.size());
  const std::size_t user_end = url.substr(0, end).rfind('@');
  if (user_end == std::string_view::npos || user_end < start) return std::string(url);
  return std::string(url.substr(0, start)) + std::string(url.substr(user_end + 1));
}

}  // namespace guildscope::exporting
