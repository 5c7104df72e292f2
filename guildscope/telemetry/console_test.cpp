#include "guildscope/telemetry/console.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <regex>
#include <set>
#include <string>

#include "guildscope/telemetry/console_assets.hpp"
#include "guildscope/testing/http_client.hpp"

namespace guildscope {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using testing::HttpResponse;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

class Console : public ::testing::Test {
 protected:
  Console() {
    ServeConsole(server_, registry_, {});
    server_.Handle("GET", "/slow", [this](const http::Request&) {
      busy_.count_down();
      free_.get_future().wait();
      return http::TextResponse("done");
    });
    server_.Start();
  }

  HttpResponse Get(const std::string& target) const { return testing::Get(server_.port(), target); }

  metrics::Registry registry_;
  std::latch busy_{1};
  std::promise<void> free_;
  http::Server server_{http::ServerOptions{.threads = 1}};
};

/// Everything that the texts of the page name: scripts, styles, modules, the icon.
std::set<std::string> NamesIn(const std::string& text) {
  static const std::regex kName(R"re((?:src|href)="console/([^"]+)"|from '\./([^']+)')re");
  std::set<std::string> names;
  for (std::sregex_iterator match(text.begin(), text.end(), kName), end; match != end; ++match) {
    names.insert((*match)[1].matched ? (*match)[1] : (*match)[2]);
  }
  return names;
}

TEST_F(Console, IsWhole) {
  const HttpResponse page = Get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
  std::set<std::string> names = NamesIn(page.body);
  for (const std::string& name : std::set(names)) names.merge(NamesIn(Get("/console/" + name).body));
  EXPECT_EQ(names.size() + 1, ConsoleAssets().size()) << "what nothing names is not served";
  for (const std::string& name : names) EXPECT_EQ(Get("/console/" + name).status, 200) << name;
  EXPECT_EQ(Get("/console/console.js").headers.at("content-type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(Get("/console/console.css").headers.at("content-type"), "text/css; charset=utf-8");
  EXPECT_EQ(Get("/console/icon.svg").headers.at("content-type"), "image/svg+xml");
}

TEST_F(Console, TakesNothingFromElsewhereAndNothingInline) {
  for (const char* target : {"/", "/console/console.js", "/console/console.css"}) {
    const auto headers = Get(target).headers;
    const std::string& policy = headers.at("content-security-policy");
    EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
    EXPECT_THAT(policy, HasSubstr("script-src 'self';"));
    EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
    EXPECT_THAT(headers, Contains(Pair("x-content-type-options", "nosniff")));
    EXPECT_THAT(headers, Contains(Pair("referrer-policy", "no-referrer")));
  }
  const std::string page = Get("/").body;
  EXPECT_THAT(page, Not(HasSubstr("<style")));
  EXPECT_THAT(page, Not(::testing::ContainsRegex(" (style|on[a-z]+)=")));
  for (const ConsoleAsset& asset : ConsoleAssets()) {
    const bool names_svg = asset.name == "icon.svg" || asset.name == "charts.js";  // a namespace, not a place
    EXPECT_THAT(std::string(asset.content), Not(::testing::ContainsRegex(names_svg ? "https:" : "https?:")))
        << asset.name;
  }
}

TEST_F(Console, IsSentAgainOnlyWhenItIsAnother) {
  const HttpResponse first = Get("/console/console.js");
  EXPECT_EQ(first.headers.at("cache-control"), "no-cache");
  const auto again = [&](const std::string& etag) {
    return testing::Send(server_.port(), {.target = "/console/console.js", .headers = {{"if-none-match", etag}}});
  };
  const HttpResponse same = again("\"other\", " + first.headers.at("etag"));
  EXPECT_EQ(same.status, 304);
  EXPECT_THAT(same.body, IsEmpty());
  EXPECT_EQ(same.headers.at("etag"), first.headers.at("etag"));
  EXPECT_EQ(again("\"other\"").status, 200);
  EXPECT_EQ(again(Get("/").headers.at("etag")).status, 200) << "each has its own";
}

TEST_F(Console, IsServedWhileEveryHandlerIsBusy) {
  auto slow = std::async(std::launch::async, [this] { return Get("/slow").body; });
  busy_.wait();
  EXPECT_EQ(Get("/").status, 200);
  EXPECT_EQ(Get("/console/console.js").status, 200);
  free_.set_value();
  EXPECT_EQ(slow.get(), "done");
}

TEST_F(Console, NumbersAreNotKept) {
  const HttpResponse data = Get("/console/data");
  EXPECT_EQ(data.status, 200);
  EXPECT_EQ(data.headers.at("content-type"), "application/json");
  EXPECT_EQ(data.headers.at("cache-control"), "no-store");
  EXPECT_THAT(data.headers, Not(Contains(::testing::Key("access-control-allow-origin"))));
}

}  // namespace
}  // namespace guildscope
