#include "tests/bot/bot_run.hpp"

#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "apps/playground/comparison.hpp"
#include "guildscope/testing/http_client.hpp"

namespace disruptor {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
namespace testing = guildscope::testing;

constexpr auto kStartLimit = 60s;

std::filesystem::path MakeFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "guildscope-bot-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  return name;
}

std::string Write(const std::filesystem::path& file, const json& settings) {
  std::ofstream(file) << settings.dump(2) << '\n';  // JSON is YAML
  return file.string();
}

json Parsed(const testing::HttpResponse& response) {
  if (response.status != 200)
    throw std::runtime_error("status " + std::to_string(response.status) + ": " + response.body);
  return json::parse(response.body);
}

}  // namespace

bool Eventually(const std::function<bool()>& condition, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(50ms);
  }
  return true;
}

BotRun::BotRun() : folder_(MakeFolder()) {}

BotRun::~BotRun() {
  if (HasFailure() && bot_) std::cerr << "the bot wrote:\n" << bot_->Errors() << '\n';
  if (bot_) all_output_ += bot_->Output() + bot_->Errors();
  bot_.reset();
  CheckThatTheSecretsAreNowhere();
  std::filesystem::remove_all(folder_);
}

void BotRun::CheckThatTheSecretsAreNowhere() const {
  const auto check = [this](const std::string& text, const std::string& where) {
    for (const std::string& secret : secrets_) EXPECT_EQ(text.find(secret), std::string::npos) << "in " << where;
  };
  check(all_output_, "the output: " + all_output_);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file() || entry.path().extension() == ".yaml") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    check({std::istreambuf_iterator<char>(file), {}}, entry.path().string());
  }
}

void BotRun::StartStandin(const json& changes) {
  json settings{{"port", discord_port_},  {"control_port", 0},     {"ca_file", (folder_ / "ca.pem").string()},
                {"token", kToken},        {"guilds", 3},           {"seed", 11},
                {"members_per_guild", 8}, {"resume_window", "60s"}};
  settings.merge_patch(changes);
  standin_ = std::make_unique<Process>(testing::ProcessOptions{
      .command = {PROGRAMS "/discord-standin", "--config", Write(folder_ / "standin.yaml", settings)}});
  const json line = standin_->WaitForEvent("listening", kStartLimit);
  discord_port_ = line.at("discord_port");
  control_port_ = line.at("control_port");
}

json BotRun::BotSettings(const json& changes) const {
  json settings{{"discord",
                 {{"token", kToken},
                  {"standin", "127.0.0.1:" + std::to_string(discord_port_)},
                  {"standin_ca_file", (folder_ / "ca.pem").string()}}},
                {"database", {{"url", "sqlite:" + (folder_ / "bot.db").string()}}},
                {"scheduler", {{"minimum_interval", "1s"}, {"default_interval", "24h"}, {"jitter", "0s"}}},
                {"voice", {{"join_timeout", "5s"}, {"stay", "100ms"}}},
                {"monitoring", {{"health_server", {{"port", 0}}}}},
                {"logging", {{"log_dir", (folder_ / "logs").string()}}}};
  settings.merge_patch(changes);
  return settings;
}

void BotRun::StartBot(const json& changes, bool wait) {
  const auto file = folder_ / ("bot" + std::to_string(++settings_files_) + ".yaml");
  bot_ = std::make_unique<Process>(
      testing::ProcessOptions{.command = {PROGRAMS "/disruptor", "--config", Write(file, BotSettings(changes))},
                              .environment = {{"DISCORD_TOKEN", ""}, {"OTEL_EXPORTER_OTLP_ENDPOINT", ""}}});
  http_port_ = bot_->WaitForEvent("listening", kStartLimit).at("http_port");
  if (!wait) return;
  (void)bot_->WaitForEvent("ready", kStartLimit);
  ASSERT_TRUE(bot_->WaitForText("Discord knows the commands", kStartLimit)) << bot_->Errors();
}

void BotRun::StopBot() {
  const auto start = std::chrono::steady_clock::now();
  bot_->Signal(SIGTERM);
  EXPECT_EQ(bot_->Wait(60s), (ProcessEnd{.exit_status = 0})) << bot_->Errors();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  all_output_ += bot_->Output() + bot_->Errors();
  bot_.reset();
}

ProcessEnd BotRun::RunBot(const json& changes) {
  const auto file = folder_ / ("bot" + std::to_string(++settings_files_) + ".yaml");
  bot_ = std::make_unique<Process>(
      testing::ProcessOptions{.command = {PROGRAMS "/disruptor", "--config", Write(file, BotSettings(changes))},
                              .environment = {{"DISCORD_TOKEN", ""}, {"OTEL_EXPORTER_OTLP_ENDPOINT", ""}}});
  return bot_->Wait(kStartLimit).value_or(ProcessEnd{});
}

json BotRun::Ledger() const { return Parsed(testing::Get(control_port_, "/ledger")); }
json BotRun::Guilds() const { return Parsed(testing::Get(control_port_, "/guilds")); }
std::string BotRun::FirstGuild() const { return Guilds().at(0).at("id"); }

std::vector<std::string> BotRun::JoinableChannels(const std::string& guild) const {
  std::vector<std::string> ids;
  for (const json& row : Guilds()) {
    if (row.at("id") != guild) continue;
    for (const json& channel : row.at("voice_channels")) {
      if (channel.at("bot_may_connect") && !channel.at("people").empty()) ids.push_back(channel.at("id"));
    }
  }
  return ids;
}

std::string BotRun::SomebodyInVoice(const std::string& guild) const {
  for (const json& row : Guilds()) {
    if (row.at("id") != guild) continue;
    for (const json& channel : row.at("voice_channels")) {
      if (channel.at("bot_may_connect") && !channel.at("people").empty()) return channel.at("people").at(0);
    }
  }
  throw std::runtime_error("nobody is in voice in " + guild);
}

std::string BotRun::OwnerOf(const std::string& guild) const {
  for (const json& row : Guilds()) {
    if (row.at("id") == guild) return row.at("owner_id");
  }
  throw std::runtime_error("there is no guild " + guild);
}

void BotRun::Fault(const json& fault) const { (void)Parsed(testing::Post(control_port_, "/faults", fault.dump())); }

std::string BotRun::Begin(const std::string& guild, const std::string& command, const json& options,
                          const std::string& user) const {
  json use{{"guild_id", guild}, {"command", command}, {"user_id", user.empty() ? OwnerOf(guild) : user}};
  if (!options.is_null()) use["options"] = options;
  return Parsed(testing::Post(control_port_, "/interactions", use.dump())).at("id");
}

json BotRun::Interaction(const std::string& id) const {
  return Parsed(testing::Get(control_port_, "/interactions/" + id));
}

std::string BotRun::Use(const std::string& guild, const std::string& command, const json& options,
                        const std::string& user) const {
  const std::string id = Begin(guild, command, options, user);
  std::string text;
  EXPECT_TRUE(Eventually([&] {
    const json interaction = Interaction(id);
    if (interaction.at("content").is_string()) text = interaction.at("content");
    return !text.empty();
  })) << "no answer to /"
      << command << ": " << Interaction(id).dump(2);
  return text;
}

std::vector<testing::Sample> BotRun::Metrics() const {
  return testing::ParsePrometheusText(testing::Get(http_port_, "/metrics").body);
}

double BotRun::Metric(const std::string& name, const testing::Labels& labels) const {
  return testing::SumOf(Metrics(), name, labels);
}

int BotRun::Probe(const std::string& path) const { return testing::Get(http_port_, path).status; }

void BotRun::ExpectTelemetryEqualsLedger() const {
  namespace playground = guildscope::playground;
  const auto compare = [this] {
    const std::string page = testing::Get(http_port_, "/metrics").body;
    return playground::Comparison(Ledger(), {playground::FromMetricsPage(page)});
  };
  if (Eventually([&] { return compare().equal(); }, 20s)) return;
  std::ostringstream text;
  compare().Print(text);
  ADD_FAILURE() << text.str();
}

}  // namespace disruptor
