#include "guildscope/instrumentation/dpp/request_target.hpp"

#include <gtest/gtest.h>

namespace guildscope::dpp {
namespace {

TEST(RequestTarget, IsDiscordForAPath) {
  const RequestTarget target = ParseTarget("/api/v10/channels/42?limit=5");
  EXPECT_TRUE(target.to_discord);
  EXPECT_EQ(target.scheme, "https");
  EXPECT_EQ(target.host, "discord.com");
  EXPECT_EQ(target.port, 443);
  EXPECT_EQ(target.path, "/api/v10/channels/42");
}

TEST(RequestTarget, IsTheHostOfAUrl) {
  const RequestTarget target = ParseTarget("https://example.org/search?q=secret#here");
  EXPECT_FALSE(target.to_discord);
  EXPECT_EQ(target.scheme, "https");
  EXPECT_EQ(target.host, "example.org");
  EXPECT_EQ(target.port, 443);
  EXPECT_EQ(target.path, "/search");
}

TEST(RequestTarget, TakesThePortAndLeavesTheUserOut) {
  const RequestTarget target = ParseTarget("http://user:password@example.org:8081");
  EXPECT_EQ(target.host, "example.org");
  EXPECT_EQ(target.port, 8081);
  EXPECT_EQ(target.path, "");
}

TEST(RequestTarget, KeepsTheColonsOfAnIpv6Address) {
  EXPECT_EQ(ParseTarget("http://[::1]/x").host, "[::1]");
  EXPECT_EQ(ParseTarget("http://[::1]/x").port, 80);
  const RequestTarget target = ParseTarget("http://[::1]:8080/x");
  EXPECT_EQ(target.host, "[::1]");
  EXPECT_EQ(target.port, 8080);
}

TEST(RequestTarget, MakesAUrlWithoutWhatMayBeSecret) {
  const std::string_view url = "https://user:password@example.org:8443/a/b?key=secret#part";
  const RequestTarget target = ParseTarget(url);
  EXPECT_EQ(PublicUrl(target, target.path), "https://example.org:8443/a/b");
  EXPECT_EQ(PublicUrl(ParseTarget("/api"), "/api/v10/users?limit=1"), "https://discord.com/api/v10/users");
}

}  // namespace
}  // namespace guildscope::dpp
