#pragma once

#include <string_view>

namespace disruptor::music {

/// Whether the host of a URL is, as far as its spelling says, this machine or part of a private network: `localhost`,
/// names without a dot or below `.local`, `.internal`, `.lan`, `.home`, `.corp`, …, and addresses that are not public:
/// IPv4 in every spelling that inet_aton reads (`127.1`, `0x7f000001`, `017700000001`), IPv6 (without brackets), and
/// the IPv4 address inside of an IPv6 one (mapped, compatible, NAT64, 6to4).
///
/// Looks nothing up: a public name may still have a private address.
[[nodiscard]] bool IsPrivateHost(std::string_view host);

}  // namespace disruptor::music
