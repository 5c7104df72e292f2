#include "tests/one_story/story_fixture.hpp"
#include "guildscope/testing/eventually.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>

#include "guildscope/testing/http_client.hpp"
#include "tests/otlp/telemetry_to.hpp"

namespace guildscope {
namespace {

using nlohmann::json;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr const char* kToken = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GHIJKL.abcdefghijklmnopqrstuvwxyz0123456789AB";

}  // namespace

StoryFixture::StoryFixture() : folder_(::testing::TempDir() + "one_story_" + std::to_string(getpid())) {
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ + "/standin.yaml") << "port: 0\ncontrol_port: 0\nca_file: " << folder_ << "/ca.pem\n"
                                           << "token: " << kToken << "\nguilds: 1\n";
  standin_ = std::make_unique<testing::Process>(
      testing::ProcessOptions{.command = {DISCORD_STANDIN, "--config", folder_ + "/standin.yaml"}});
  const json listening = standin_->WaitForEvent("listening", kPatience);
  control_port_ = listening["control_port"];
  redirect_.emplace("127.0.0.1:" + listening["discord_port"].dump(), listening["ca_file"].get<std::string>());
  telemetry_.emplace(OptionsFor(receiver_, config::OtlpProtocol::kHttpProtobuf));
  bot_.emplace(kToken);
  instrumentation_ = dpp::Instrument(*bot_, *telemetry_);
}

StoryFixture::~StoryFixture() {
  bot_->shutdown();
  instrumentation_ = dpp::Instrumentation();
  bot_.reset();
  telemetry_.reset();
  redirect_.reset();
  standin_.reset();
  std::filesystem::remove_all(folder_);
}

void StoryFixture::Connect(const std::string& command) {
  std::atomic<bool> registered{false};
  bot_->on_ready([&, command](const ::dpp::ready_t&) {
    bot_->global_bulk_command_create({::dpp::slashcommand(command, "What it does", bot_->me.id)},
                                     [&](const ::dpp::confirmation_callback_t&) { registered = true; });
  });
  bot_->start(::dpp::st_return);
  ASSERT_TRUE(testing::Eventually([&] { return registered && telemetry_->health().Ready().status == 200; }));
}

void StoryFixture::Use(const std::string& command) {
  const json guilds = json::parse(testing::Get(control_port_, "/guilds").body);
  const auto answer =
      testing::Post(control_port_, "/interactions", json{{"guild_id", guilds[0]["id"]}, {"command", command}}.dump());
  ASSERT_EQ(answer.status, 200) << answer.body;
}

bool StoryFixture::AwaitExported(const std::function<bool(const testing::OtlpStore&)>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < deadline) {
    telemetry_->Flush(kPatience);
    if (receiver_.store().WaitFor(condition, 50ms)) return true;
  }
  return false;
}

StoryFixture::Spans StoryFixture::Arrived(const std::string& name, std::size_t count) {
  EXPECT_TRUE(AwaitExported([&](const testing::OtlpStore& store) { return store.SpansNamed(name).size() >= count; }));
  Spans spans = receiver_.store().SpansNamed(name);
  EXPECT_THAT(spans, SizeIs(count)) << name;
  spans.resize(count);
  return spans;
}

testing::ReceivedSpan StoryFixture::ArrivedOnly(const std::string& name) { return Arrived(name).front(); }

StoryFixture::Spans StoryFixture::ChildrenOf(const testing::ReceivedSpan& parent) {
  Spans children;
  for (auto& span : receiver_.store().SpansOfTrace(parent.trace_id())) {
    if (span.parent_id() == parent.span_id()) children.push_back(std::move(span));
  }
  std::sort(children.begin(), children.end(),
            [](const auto& a, const auto& b) { return a.span.start_time_unix_nano() < b.span.start_time_unix_nano(); });
  return children;
}

bool StoryFixture::LeadsTo(const std::string& metric, const testing::OtlpAttributes& labels,
                           const testing::ReceivedSpan& span) {
  return AwaitExported([&](const testing::OtlpStore& store) {
    const auto point = store.Point(metric, labels);
    return point && std::count(point->exemplars.begin(), point->exemplars.end(), span.span_id()) == 1;
  });
}

}  // namespace guildscope
