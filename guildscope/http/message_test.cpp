#include "guildscope/http/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace guildscope::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Target, SplitsAndDecodesPathAndQuery) {
  const auto target = ParseTarget("/a%20b/c?x=1%262&empty=&flag&y=a+b#fragment");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/a b/c");
  EXPECT_THAT(target->query, ElementsAre(Pair("x", "1&2"), Pair("empty", ""), Pair("flag", ""), Pair("y", "a b")));
}

TEST(Target, AcceptsTheAbsoluteForm) {
  EXPECT_EQ(ParseTarget("http://127.0.0.1:8080/health?a=b")->path, "/health");
  EXPECT_EQ(ParseTarget("http://127.0.0.1:8080")->path, "/");
  EXPECT_EQ(ParseTarget("http://127.0.0.1:8080?a=b")->path, "/");
}

TEST(Target, IsRefusedWhenItIsNoPlainPath) {
  for (const auto* bad : {"", "*", "health", "localhost:80", "/%", "/%4", "/%zz", "/a%00b", "/../etc/passwd", "/a/..",
                          "/a/%2e%2E/b", "/./a", "/a?x=%g1"}) {
    EXPECT_FALSE(ParseTarget(bad)) << bad;
  }
  EXPECT_TRUE(ParseTarget("/a..b/...c/"));
}

TEST(Request, FindsHeadersWhateverTheirCase) {
  Request request;
  request.headers = {{"Accept-Encoding", "gzip"}, {"X-Empty", ""}};
  EXPECT_EQ(request.Header("accept-ENCODING"), "gzip");
  EXPECT_EQ(request.Header("accept"), "");
}

TEST(Request, TellsAnEmptyQueryParameterFromNone) {
  Request request;
  request.query = {{"empty", ""}, {"x", "1"}, {"x", "2"}};
  EXPECT_EQ(request.Query("empty"), "");
  EXPECT_EQ(request.Query("x"), "1");
  EXPECT_EQ(request.Query("X"), std::nullopt);
}

TEST(ErrorResponse, EscapesTheMessage) {
  EXPECT_EQ(ErrorResponse(400, "a \"b\" \\ \n\x1f").body, R"({"error":"a \"b\" \\ \u000a\u001f"})");
}

}  // namespace
}  // namespace guildscope::http
