#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace guildscope::dpp {

/// Where a D++ request goes: D++ gives requests to Discord a path, and every other one a whole URL.
struct RequestTarget {
  bool to_discord = false;
  std::string_view scheme;
  std::string_view host;
  std::uint16_t port = 0;
  std::string_view path;  ///< Without query and fragment.
};

/// Cost: one pass, no allocation. Lifetime: the result borrows from `endpoint`.
[[nodiscard]] RequestTarget ParseTarget(std::string_view endpoint) noexcept;

/// The URL without user name, password, query and fragment, which may hold secrets.
[[nodiscard]] std::string PublicUrl(const RequestTarget& target, std::string_view path);

}  // namespace guildscope::dpp
