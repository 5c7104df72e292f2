#include "guildscope/instrumentation/curl/url.hpp"

#include <gtest/gtest.h>

namespace guildscope::curl {
namespace {

std::string Show(const std::string& url) { return PublicUrl(url, Redactor()); }

TEST(PublicUrl, ShowsWhatIsNoSecret) {
  EXPECT_EQ(Show("https://api.example.com/v1/tracks/7?limit=10&q=a%20b"),
            "https://api.example.com/v1/tracks/7?limit=10&q=a%20b");
  EXPECT_EQ(Show("http://127.0.0.1:8080"), "http://127.0.0.1:8080/");
  EXPECT_EQ(Show("http://[::1]:8080/x"), "http://[::1]:8080/x");
}

TEST(PublicUrl, HidesUserAndPassword) {
  EXPECT_EQ(Show("https://user:secret@example.com/x"), "https://REDACTED:REDACTED@example.com/x");
  EXPECT_EQ(Show("https://token@example.com/x"), "https://REDACTED:REDACTED@example.com/x");
}

TEST(PublicUrl, HidesTheFragment) {
  EXPECT_EQ(Show("https://example.com/x#access_token=abc"), "https://example.com/x");
}

TEST(PublicUrl, HidesValuesOfParametersThatAreNamedLikeSecrets) {
  for (const std::string name : {"key",
                                 "KEY",
                                 "api_key",
                                 "apiKey",
                                 "token",
                                 "access_token",
                                 "refreshToken",
                                 "sig",
                                 "signature",
                                 "X-Amz-Signature",
                                 "X-Amz-Credential",
                                 "X-Goog-Signature",
                                 "AWSAccessKeyId",
                                 "password",
                                 "passwd",
                                 "pwd",
                                 "client_secret",
                                 "auth",
                                 "code",
                                 "jwt",
                                 "sessionid",
                                 "%74oken"}) {
    EXPECT_EQ(Show("https://example.com/x?a=1&" + name + "=abc&b=2"),
              "https://example.com/x?a=1&" + name + "=REDACTED&b=2");
    EXPECT_EQ(Show("https://example.com/x?a=1;" + name + "=abc"), "https://example.com/x?a=1;" + name + "=REDACTED");
  }
  EXPECT_EQ(Show("https://example.com/?keyword=a&author=b&country_code=c&empty=&flag"),
            "https://example.com/?keyword=a&author=b&country_code=c&empty=&flag");
}

TEST(PublicUrl, HidesRegisteredSecretsWhereverTheyAre) {
  Redactor redactor;
  redactor.AddSecret("a/b+c=d");
  EXPECT_EQ(PublicUrl("https://example.com/a%2Fb%2Bc%3Dd/x", redactor), "https://example.com/REDACTED/x");
  EXPECT_EQ(PublicUrl("https://example.com/x?q=a/b%2bc=d", redactor), "https://example.com/x?q=REDACTED");
  EXPECT_EQ(PublicUrl("https://example.com/x?q=a/b+c=d", redactor), "https://example.com/x?q=***");
}

TEST(PublicUrl, ShowsNothingOfWhatIsNoUrl) {
  EXPECT_EQ(Show("https://user:secret@exa mple.com"), "REDACTED");
  EXPECT_EQ(Show("secret"), "REDACTED");
}

TEST(ParseUrl, TakesHttpAndHttpsAlone) {
  const auto url = ParseUrl("HTTPS://Api.Example.com/v1?x=1#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "api.example.com");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->text.find('#'), std::string::npos);
  EXPECT_EQ(ParseUrl("http://[::1]:8080/")->host, "::1");
  EXPECT_EQ(ParseUrl("http://[::1]:8080/")->port, 8080);
  for (const std::string wrong : {"file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "example.com",
                                  "/x", "", "http://", "http://a b/", "javascript:alert(1)"}) {
    EXPECT_FALSE(ParseUrl(wrong)) << wrong;
  }
  EXPECT_FALSE(ParseUrl(std::string("http://example.com/\0x", 21)));
}

TEST(Resolve, FollowsRelativeAndAbsoluteLocations) {
  const Url base = *ParseUrl("https://user:pw@example.com/a/b?q=1");
  EXPECT_EQ(Resolve(base, "c")->text, "https://user:pw@example.com/a/c");
  EXPECT_EQ(Resolve(base, "/c d")->text, "https://user:pw@example.com/c%20d");
  EXPECT_EQ(Resolve(base, "//other.example/x")->text, "https://other.example/x");
  EXPECT_EQ(Resolve(base, "http://other.example/x")->text, "http://other.example/x");
  EXPECT_FALSE(Resolve(base, "file:///etc/passwd"));
  EXPECT_FALSE(Resolve(base, "data:text/plain,x"));
}

TEST(Url, HasAnOriginOfSchemeHostAndPort) {
  const auto same = [](const std::string& a, const std::string& b) { return ParseUrl(a)->SameOrigin(*ParseUrl(b)); };
  EXPECT_TRUE(same("https://example.com/a", "https://EXAMPLE.com:443/b?x"));
  EXPECT_FALSE(same("https://example.com/", "http://example.com/"));
  EXPECT_FALSE(same("https://example.com/", "https://example.com:8443/"));
  EXPECT_FALSE(same("https://example.com/", "https://www.example.com/"));
}

}  // namespace
}  // namespace guildscope::curl
