#include "guildscope/telemetry/logger_endpoints.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "guildscope/http/raw_client.hpp"
#include "guildscope/testing/http_client.hpp"

namespace guildscope {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::HttpResponse;

constexpr const char* kDebug = R"({"level": "debug"})";

class LoggerEndpoints : public ::testing::Test {
 protected:
  LoggerEndpoints() {
    (void)logging_.Get("music");
    (void)logging_.GetThirdParty("dpp");
  }

  void Serve(Changes changes = Changes::kLocal, const std::string& address = "127.0.0.1") {
    ServeLoggers(server_, logging_, address, changes);
    server_.Start();
  }

  HttpResponse Ask(const std::string& method, const std::string& target, const std::string& body = "") const {
    return testing::Send(server_.port(), {.method = method, .target = target, .body = body});
  }
  HttpResponse Put(const std::string& body) const { return Ask("PUT", "/loggers/music", body); }
  /// The status for a request with these headers and no others.
  int StatusOf(const std::string& method, const std::map<std::string, std::string>& headers) const {
    std::string request = method + " /loggers/music HTTP/1.1\r\n";
    for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
    request += "Content-Length: " + std::to_string(std::string(kDebug).size()) + "\r\n\r\n" + kDebug;
    const std::string response = http::RawClient(server_.port()).Exchange(request);
    return std::stoi(response.substr(response.find(' ') + 1));
  }
  bool MusicIsAt(logging::Level level) {
    for (const auto& report : logging_.Loggers()) {
      if (report.name == "music") return report.level == level;
    }
    return false;
  }

  logging::Logging logging_{{.level = logging::Level::kError}, nullptr};
  http::Server server_{http::ServerOptions{}};
};

TEST_F(LoggerEndpoints, ListEachLogger) {
  Serve();
  logging_.Get("music").Error("counted");
  logging_.Get("music").Info("below its level");
  const HttpResponse response = Ask("GET", "/loggers");
  EXPECT_EQ(response.status, 200);
  const auto loggers = nlohmann::json::parse(response.body)["loggers"];
  ASSERT_EQ(loggers.size(), 3) << "guildscope.logging is there too: " << response.body;
  EXPECT_EQ(loggers[0]["name"], "dpp");
  EXPECT_EQ(loggers[0]["third_party"], true);
  EXPECT_EQ(loggers[0]["level"], "WARNING");
  EXPECT_EQ(loggers[2]["name"], "music");
  EXPECT_EQ(loggers[2]["level"], "ERROR");
  EXPECT_EQ(loggers[2]["third_party"], false);
  EXPECT_EQ(loggers[2]["records"]["ERROR"], 1);
  EXPECT_EQ(loggers[2]["records"]["INFO"], 0);
  EXPECT_EQ(loggers[2]["dropped"], 0);
  EXPECT_EQ(nlohmann::json::parse(Ask("GET", "/loggers/music").body), loggers[2]);
}

TEST_F(LoggerEndpoints, SayWhatLoggersWithoutALevelHave) {
  Serve();
  const auto list = [this] { return nlohmann::json::parse(Ask("GET", "/loggers").body); };
  EXPECT_EQ(list()["level"], "ERROR");
  EXPECT_EQ(list()["third_party_level"], "WARNING");
  logging_.SetLevels(logging::Level::kInfo, {}, logging::Level::kCritical);
  EXPECT_EQ(list()["level"], "INFO");
  EXPECT_EQ(list()["third_party_level"], "CRITICAL");
  EXPECT_FALSE(list().contains("changes_refused"));
}

TEST_F(LoggerEndpoints, ChangeALevelAndTakeThatBack) {
  Serve();
  const HttpResponse put = Put(kDebug);
  EXPECT_EQ(put.status, 200);
  EXPECT_THAT(put.body, AllOf(HasSubstr(R"("level":"DEBUG")"), HasSubstr(R"("configured_level":"ERROR")")));
  EXPECT_TRUE(logging_.Get("music").Enabled(logging::Level::kDebug));
  EXPECT_EQ(Ask("DELETE", "/loggers/music").status, 200);
  EXPECT_TRUE(MusicIsAt(logging::Level::kError));
}

TEST_F(LoggerEndpoints, SayWhatWasFoundAndWhatIsAccepted) {
  Serve();
  for (const auto& [body, found] :
       std::map<std::string, std::string>{{"", "found no body"},
                                          {"DEBUG", "found no JSON"},
                                          {R"(["DEBUG"])", "found no object with level alone"},
                                          {R"({"level": "DEBUG", "for": "ever"})", "found no object with level alone"},
                                          {R"({"level": 10})", "found a level that is no text"},
                                          {R"({"level": "LOUD"})", "found log level 'LOUD'"}}) {
    const HttpResponse response = Put(body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_THAT(response.body, AllOf(HasSubstr(found), HasSubstr("accepted: "), HasSubstr("WARNING"))) << body;
  }
  EXPECT_TRUE(MusicIsAt(logging::Level::kError));
}

TEST_F(LoggerEndpoints, KnowNoOtherLoggersAndMethods) {
  Serve();
  for (const char* method : {"GET", "PUT", "DELETE"}) {
    const HttpResponse response = Ask(method, "/loggers/musik", kDebug);
    EXPECT_EQ(response.status, 404) << method;
    EXPECT_THAT(response.body, AllOf(HasSubstr("'musik'"), HasSubstr("dpp, guildscope.logging, music")));
  }
  EXPECT_EQ(Ask("POST", "/loggers/music", kDebug).status, 405);
  EXPECT_EQ(Ask("PUT", "/loggers", kDebug).status, 405);
}

TEST_F(LoggerEndpoints, RefuseChangesToOtherPages) {
  Serve();
  for (const auto& headers : std::initializer_list<std::map<std::string, std::string>>{
           {{"host", "attacker.example"}},
           {{"host", "attacker.example:8080"}, {"origin", "http://attacker.example:8080"}},
           {{"host", "127.0.0.1:8080"}, {"origin", "http://attacker.example"}},
           {{"host", "127.0.0.1:8080"}, {"origin", "http://127.0.0.1:9090"}},
           {{"host", "127.0.0.1:8080"}, {"origin", "null"}},
           {{"host", "127.0.0.1:8080"}, {"sec-fetch-site", "cross-site"}},
           {{"host", "127.0.0.1:8080"}, {"sec-fetch-site", "same-site"}, {"origin", "http://127.0.0.1:8080"}},
           {{"host", "127.0.0.1.attacker.example"}},
           {{"host", "localhost.attacker.example"}}}) {
    EXPECT_EQ(StatusOf("PUT", headers), 403) << headers.at("host");
    EXPECT_EQ(StatusOf("DELETE", headers), 403) << headers.at("host");
  }
  EXPECT_TRUE(MusicIsAt(logging::Level::kError));
  for (const auto& headers : std::initializer_list<std::map<std::string, std::string>>{
           {{"host", "localhost:8080"}},
           {{"host", "127.0.0.1"}, {"origin", "http://127.0.0.1"}},
           {{"host", "127.0.0.1"}, {"origin", "http://127.0.0.1"}, {"sec-fetch-site", "same-origin"}},
           {{"host", "[::1]:8080"}, {"origin", "http://[::1]:8080"}},
           {{"host", "192.0.2.7:8080"}}}) {
    EXPECT_EQ(StatusOf("PUT", headers), 200) << headers.at("host");
  }
}

TEST_F(LoggerEndpoints, RefuseChangesToOtherMachinesUnlessTheyAreAllowed) {
  Serve(Changes::kLocal, "0.0.0.0");
  const HttpResponse refused = Put(kDebug);
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("monitoring.health_server.allow_changes"));
  const HttpResponse list = Ask("GET", "/loggers");
  EXPECT_EQ(list.status, 200);
  EXPECT_EQ(nlohmann::json::parse(list.body)["changes_refused"], nlohmann::json::parse(refused.body)["error"]);
}

TEST_F(LoggerEndpoints, AllowChangesToWhomTheSettingDoes) {
  Serve(Changes::kAll, "0.0.0.0");
  EXPECT_EQ(StatusOf("PUT", {{"host", "bot.default.svc:8080"}}), 200);
  EXPECT_EQ(StatusOf("PUT", {{"host", "attacker.example"}, {"origin", "http://attacker.example"}}), 403);
}

}  // namespace
}  // namespace guildscope
