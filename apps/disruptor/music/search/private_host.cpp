#include "apps/disruptor/music/search/private_host.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstring>
#include <string>

namespace disruptor::music {
namespace {

struct Network4 {
  std::uint32_t address;
  int bits;
};

/// IANA's special-purpose registry: what is not globally reachable, multicast, and what is reserved.
constexpr std::array<Network4, 15> kPrivate4{{
    {0x00000000, 8},   // this network
    {0x0A000000, 8},   // 10.0.0.0
    {0x64400000, 10},  // 100.64.0.0, carriers
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // 169.254.0.0, link local: the metadata of clouds
    {0xAC100000, 12},  // 172.16.0.0
    {0xC0000000, 24},  // 192.0.0.0, protocol assignments
    {0xC0000200, 24},  // 192.0.2.0, documentation
    {0xC0586300, 24},  // 192.88.99.0, 6to4 relays
    {0xC0A80000, 16},  // 192.168.0.0
    {0xC6120000, 15},  // 198.18.0.0, benchmarks
    {0xC6336400, 24},  // 198.51.100.0, documentation
    {0xCB007100, 24},  // 203.0.113.0, documentation
    {0xE0000000, 4},   // multicast
    {0xF0000000, 4},   // reserved, broadcast
}};

bool IsPrivate4(std::uint32_t address) noexcept {
  return std::any_of(kPrivate4.begin(), kPrivate4.end(), [address](const Network4& network) {
    return (address >> (32 - network.bits)) == (network.address >> (32 - network.bits));
  });
}

std::uint32_t Word(const std::uint8_t* bytes) noexcept {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

bool IsPrivate6(const in6_addr& address) noexcept {
  const std::uint8_t* bytes = address.s6_addr;
  const bool begins_with_zeros = std::all_of(bytes, bytes + 10, [](std::uint8_t byte) { return byte == 0; });
  if (begins_with_zeros) {
    // ::, ::1, IPv4-compatible and IPv4-mapped; the rest of ::/80 is nobody's.
    const bool mapped = bytes[10] == 0xFF && bytes[11] == 0xFF;
    return !mapped || IsPrivate4(Word(bytes + 12));
  }
  constexpr std::array<std::uint8_t, 12> kNat64{0x00, 0x64, 0xFF, 0x9B};
  if (std::equal(kNat64.begin(), kNat64.end(), bytes)) return IsPrivate4(Word(bytes + 12));
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return IsPrivate4(Word(bytes + 2));  // 6to4
  if ((bytes[0] & 0xE0) != 0x20) return true;                                    // only 2000::/3 is global unicast
  if (bytes[0] == 0x20 && bytes[1] == 0x01) {
    const bool assignments = bytes[2] < 0x02;                         // 2001::/23, Teredo for one
    const bool documentation = bytes[2] == 0x0D && bytes[3] == 0xB8;  // 2001:db8::/32
    return assignments || documentation;
  }
  return false;
}

/// Only private networks have names below these, and without a name server of their own nobody has.
constexpr std::array<std::string_view, 14> kPrivateSuffixes{
    ".localhost", ".local", ".localdomain", ".internal", ".intranet", ".private", ".lan",
    ".home",      ".corp",  ".home.arpa",   ".test",     ".invalid",  ".onion",   ".example"};

}  // namespace

bool IsPrivateHost(std::string_view host) {
  std::string name(host);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  while (name.ends_with('.')) name.pop_back();
  if (name.empty()) return true;

  if (name.find(':') != std::string::npos) {
    in6_addr address{};
    const std::string without_zone = name.substr(0, name.find('%'));
    return inet_pton(AF_INET6, without_zone.c_str(), &address) != 1 || IsPrivate6(address);
  }
  in_addr address{};
  if (inet_aton(name.c_str(), &address) != 0) return IsPrivate4(ntohl(address.s_addr));
  // A last label of digits is no name: some parser may yet see an address in it.
  const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
  const bool is_number =
      last.starts_with("0x") || std::all_of(last.begin(), last.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (is_number || name.find('.') == std::string::npos) return true;
  return std::any_of(kPrivateSuffixes.begin(), kPrivateSuffixes.end(),
                     [&name](std::string_view suffix) { return name.ends_with(suffix); });
}

}  // namespace disruptor::music
