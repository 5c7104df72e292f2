#include <nlohmann/json.hpp>

#include "guildscope/http/server.hpp"
#include "tests/console/page_fixture.hpp"

namespace guildscope {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ConsoleSafety : public PageTest {};

TEST_F(ConsoleSafety, IsGuardedByItsPolicy) {
  Open();
  ASSERT_THAT(page_->Complaints(), IsEmpty());
  page_->Evaluate("document.body.setAttribute('style', 'color: red')");
  EXPECT_EQ(page_->Evaluate("getComputedStyle(document.body).color === 'rgb(255, 0, 0)'"), false);
  EXPECT_THAT(page_->Complaints(), Contains(HasSubstr("Content Security Policy")));
  EXPECT_EQ(page_->Evaluate("try { document.body.innerHTML = '<b>'; 'taken' } catch (error) { error.name }"),
            "TypeError");
  EXPECT_EQ(page_->Evaluate("fetch('http://elsewhere.test/').catch((error) => error.name)"), "TypeError");
}

/// What a page of somebody else's tries; `target` is this process.
std::string Attempt(const std::string& target, const std::string& options) {
  return "fetch('" + target + "loggers/music', {" + options + "}).then((answer) => answer.status, () => 'refused')";
}

TEST_F(ConsoleSafety, LetsNoOtherPageChangeALevel) {
  Open();
  http::Server other;
  other.Handle("GET", "/", [](const http::Request&) {
    return http::Response{.content_type = "text/html", .body = "<!doctype html><title>another</title>", .headers = {}};
  });
  other.Start();
  for (const std::string host : {"127.0.0.1", "attacker.test"}) {
    page_->Open("http://" + host + ":" + std::to_string(other.port()) + "/");
    EXPECT_EQ(page_->Evaluate(Attempt(Url(), "method: 'PUT', body: '{\"level\": \"DEBUG\"}'")), "refused");
    EXPECT_EQ(page_->Evaluate(Attempt(Url(), "method: 'DELETE'")), "refused");
    EXPECT_EQ(page_->Evaluate(Attempt(Url(), "method: 'POST', mode: 'no-cors', body: 'level=DEBUG'")), 0)
        << "sent, and not to be read";
    EXPECT_EQ(page_->Evaluate("fetch('" + Url() + "loggers').then(() => 'read', () => 'refused')"), "refused");
  }
  EXPECT_EQ(LevelOf("music"), logging::Level::kInfo);
}

TEST_F(ConsoleSafety, RefusesPagesUnderANameThatLeadsHereAndSaysWhy) {
  Open();
  page_->Open(Url("attacker.test"));  // "DNS rebinding": for the browser it is one origin
  page_->Expect(Row("music"));
  page_->Expect("document.getElementById('loggers-notice').innerText.includes('an IP address or localhost')");
  page_->Expect(Row("music") + ".querySelector('select').disabled");
  EXPECT_EQ(page_->Evaluate(Attempt("/", "method: 'PUT', body: '{\"level\": \"DEBUG\"}'")), 403);
  page_->Evaluate(Choose("music", "DEBUG"));
  page_->Expect(Row("music") + ".innerText.includes('Not changed: the host is')");
  page_->Expect(Level("music") + " === 'INFO'");
  EXPECT_EQ(LevelOf("music"), logging::Level::kInfo);
}

TEST_F(ConsoleSafety, CannotBeFramed) {
  Open();
  http::Server other;
  other.Handle("GET", "/", [this](const http::Request&) {
    return http::Response{
        .content_type = "text/html", .body = "<!doctype html><iframe src=\"" + Url() + "\"></iframe>", .headers = {}};
  });
  other.Start();
  page_->Open("http://127.0.0.1:" + std::to_string(other.port()) + "/");
  EXPECT_TRUE(testing::Eventually([this] { return !page_->Complaints().empty(); }));
  EXPECT_THAT(page_->Complaints(), Contains(HasSubstr("frame-ancestors")));
}

}  // namespace
}  // namespace guildscope
