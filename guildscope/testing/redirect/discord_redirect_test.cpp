#include "guildscope/testing/redirect/discord_redirect.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

namespace guildscope::testing {
namespace {

constexpr const char* kCaFile = "/dev/null";

sockaddr_in Address(const char* host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

class Listener {
 public:
  explicit Listener(const char* host = "127.0.0.1") {
    auto address = Address(host, 0);
    socklen_t length = sizeof address;
    bind(socket_, reinterpret_cast<sockaddr*>(&address), length);
    listen(socket_, 8);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
  }
  ~Listener() { close(socket_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::string host_port() const { return "127.0.0.1:" + std::to_string(port_); }

  /// Whether a client has connected since the last call. A completed connect on loopback is in the queue already.
  [[nodiscard]] bool HasVisitor() const {
    pollfd poll_for{.fd = socket_, .events = POLLIN, .revents = 0};
    if (poll(&poll_for, 1, 0) != 1) return false;
    close(accept(socket_, nullptr, nullptr));
    return true;
  }

 private:
  const int socket_ = socket(AF_INET, SOCK_STREAM, 0);
  std::uint16_t port_ = 0;
};

bool Connect(const sockaddr_in& address) {
  const int client = socket(AF_INET, SOCK_STREAM, 0);
  const bool good = connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(client);
  return good;
}

/// Resolves like D++ does; with AI_NUMERICHOST the C library asks no name server, so only the redirect knows names.
int Resolve(const std::string& name, sockaddr_in* address = nullptr) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(name.c_str(), "443", &hints, &found);
  if (error == 0 && address) std::memcpy(address, found->ai_addr, sizeof *address);
  if (error == 0) freeaddrinfo(found);
  return error;
}

TEST(DiscordRedirect, BringsEveryNameOfDiscordToTheStandIn) {
  const Listener stand_in;
  const DiscordRedirect redirect(stand_in.host_port(), kCaFile);
  for (const auto* name : {"discord.com", "Discord.COM", "discord.com.", "canary.discord.com", "gateway.discord.gg",
                           "gateway-us-east1-b.discord.gg", "rotterdam1234.discord.media", "cdn.discordapp.com"}) {
    sockaddr_in address{};
    ASSERT_EQ(Resolve(name, &address), 0) << name;
    EXPECT_EQ(ntohs(address.sin_port), 443);
    EXPECT_TRUE(Connect(address)) << name;
    EXPECT_TRUE(stand_in.HasVisitor()) << name;
  }
}

TEST(DiscordRedirect, WorksWithoutHints) {
  const Listener stand_in;
  const DiscordRedirect redirect(stand_in.host_port(), kCaFile);
  addrinfo* found = nullptr;
  ASSERT_EQ(getaddrinfo("discord.com", "https", nullptr, &found), 0);
  freeaddrinfo(found);
}

TEST(DiscordRedirect, LeavesOtherNamesAlone) {
  const Listener stand_in;
  const DiscordRedirect redirect(stand_in.host_port(), kCaFile);
  for (const auto* name : {"example.com", "evildiscord.com", "discord.com.example.com", "discord.co", "com", "",
                           ".discord.gg", "discordapp.com", "a.cdn.discordapp.com"}) {
    EXPECT_EQ(Resolve(name), EAI_NONAME) << name;
  }
  sockaddr_in address{};
  ASSERT_EQ(Resolve("127.0.0.1", &address), 0);
  EXPECT_EQ(address.sin_addr.s_addr, htonl(INADDR_LOOPBACK));
}

TEST(DiscordRedirect, LeavesOtherAddressesAndPortsAlone) {
  const Listener stand_in;
  const Listener other;
  const Listener same_address("127.93.71.1");
  const DiscordRedirect redirect(stand_in.host_port(), kCaFile);
  EXPECT_TRUE(Connect(Address("127.0.0.1", other.port())));
  EXPECT_TRUE(other.HasVisitor());
  EXPECT_TRUE(Connect(Address("127.93.71.1", same_address.port())));
  EXPECT_TRUE(same_address.HasVisitor());
  EXPECT_FALSE(stand_in.HasVisitor());
}

TEST(DiscordRedirect, DoesNothingBeforeAndAfterItsLife) {
  EXPECT_EQ(Resolve("discord.com"), EAI_NONAME);
  const Listener stand_in;
  sockaddr_in address{};
  {
    const DiscordRedirect redirect(stand_in.host_port(), kCaFile);
    ASSERT_EQ(Resolve("discord.com", &address), 0);
  }
  EXPECT_EQ(Resolve("discord.com"), EAI_NONAME);
  Connect(address);
  EXPECT_FALSE(stand_in.HasVisitor());
}

TEST(DiscordRedirect, SetsAndRestoresWhatOpenSslTrusts) {
  setenv("SSL_CERT_FILE", "/before.pem", 1);
  {
    const DiscordRedirect redirect("127.0.0.1:8443", kCaFile);
    EXPECT_STREQ(std::getenv("SSL_CERT_FILE"), kCaFile);
  }
  EXPECT_STREQ(std::getenv("SSL_CERT_FILE"), "/before.pem");
  unsetenv("SSL_CERT_FILE");
  {
    const DiscordRedirect redirect("127.0.0.1:8443", kCaFile);
  }
  EXPECT_EQ(std::getenv("SSL_CERT_FILE"), nullptr);
}

TEST(DiscordRedirect, RefusesToLeaveTheMachine) {
  for (const auto* bad : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:80x", ":8443",
                          "10.0.0.1:8443", "example.com:8443", "0.0.0.0:8443", "[::1]:8443"}) {
    EXPECT_THROW(DiscordRedirect(bad, kCaFile), std::invalid_argument) << bad;
  }
  EXPECT_NO_THROW(DiscordRedirect("localhost:8443", kCaFile));
  EXPECT_THROW(DiscordRedirect("127.0.0.1:8443", "/nowhere/ca.pem"), std::invalid_argument);
}

TEST(DiscordRedirect, IsAloneAtATime) {
  const DiscordRedirect first("127.0.0.1:8443", kCaFile);
  EXPECT_THROW(DiscordRedirect("127.0.0.1:8444", kCaFile), std::logic_error);
}

}  // namespace
}  // namespace guildscope::testing
