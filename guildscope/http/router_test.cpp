#include "guildscope/http/router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace guildscope::http {
namespace {

Handler Saying(const char* text) {
  return [text](const Request&) { return TextResponse(text); };
}

std::string Ask(const Router& router, std::string_view method, std::string_view path) {
  const auto match = router.Find(method, path);
  if (!match.route) return match.allow.empty() ? "404" : "405 " + match.allow;
  return match.route->handler({}).body + (match.tail.empty() ? "" : " " + std::string(match.tail));
}

TEST(Router, PrefersTheExactPathAndThenTheLongestPrefix) {
  Router router;
  router.Add("GET", "/", Saying("root"), Lane::kPool);
  router.Add("GET", "/*", Saying("any"), Lane::kPool);
  router.Add("GET", "/audio/*", Saying("audio"), Lane::kPool);
  router.Add("GET", "/audio/now", Saying("now"), Lane::kPool);
  EXPECT_EQ(Ask(router, "GET", "/"), "root");
  EXPECT_EQ(Ask(router, "GET", "/app.js"), "any app.js");
  EXPECT_EQ(Ask(router, "GET", "/audio/1/2"), "audio 1/2");
  EXPECT_EQ(Ask(router, "GET", "/audio/now"), "now");
  EXPECT_EQ(Ask(router, "GET", "/audio"), "any audio");
}

TEST(Router, TellsAnUnknownPathFromAWrongMethod) {
  Router router;
  router.Add("GET", "/faults", Saying("list"), Lane::kPool);
  router.Add("POST", "/faults", Saying("add"), Lane::kPool);
  EXPECT_EQ(Ask(router, "POST", "/faults"), "add");
  EXPECT_EQ(Ask(router, "DELETE", "/faults"), "405 GET, HEAD, POST");
  EXPECT_EQ(Ask(router, "GET", "/faults/"), "404");
}

TEST(Router, RefusesWhatCouldNeverBeAsked) {
  Router router;
  router.Add("GET", "/a", Saying("a"), Lane::kPool);
  EXPECT_THROW(router.Add("GET", "/a", Saying("b"), Lane::kPool), std::invalid_argument);
  EXPECT_THROW(router.Add("get", "/b", Saying("b"), Lane::kPool), std::invalid_argument);
  EXPECT_THROW(router.Add("HEAD", "/b", Saying("b"), Lane::kPool), std::invalid_argument);
  EXPECT_THROW(router.Add("GET", "b", Saying("b"), Lane::kPool), std::invalid_argument);
  EXPECT_THROW(router.Add("GET", "", Saying("b"), Lane::kPool), std::invalid_argument);
  EXPECT_THROW(router.Add("GET", "/b*", Saying("b"), Lane::kPool), std::invalid_argument);
  EXPECT_THROW(router.Add("GET", "/b", nullptr, Lane::kPool), std::invalid_argument);
}

}  // namespace
}  // namespace guildscope::http
