#include "tests/support/world.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>

#include "apps/playground/made_up_music.hpp"
#include "guildscope/testing/http_client.hpp"

namespace guildscope::testing {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

std::filesystem::path MakeFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "guildscope-world-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  return name;
}

playground::PlaygroundOptions InNewFolder(playground::PlaygroundOptions options) {
  options.directory = MakeFolder();
  return options;
}

json Parsed(const HttpResponse& response) {
  if (response.status != 200) {
    throw std::runtime_error("status " + std::to_string(response.status) + ": " + response.body);
  }
  return json::parse(response.body);
}

const json& FindGuild(const json& guilds, const std::string& id) {
  for (const json& guild : guilds) {
    if (guild.at("id") == id) return guild;
  }
  throw std::runtime_error("there is no guild " + id);
}

std::string Text(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

}  // namespace

void ExpectNowhere(std::string_view secret, const Texts& texts) {
  for (const auto& [where, text] : texts) {
    const std::size_t at = text.find(secret);
    if (at == std::string::npos) continue;
    ADD_FAILURE() << "'" << secret << "' is in " << where << ": ..."
                  << text.substr(at < 80 ? 0 : at - 80, secret.size() + 160) << "...";
  }
}

playground::PlaygroundOptions World::Quiet() {
  playground::PlaygroundOptions options;
  options.programs = PROGRAMS;
  options.http_port = 0;
  options.control_port = 0;
  options.token = kToken;
  options.guilds = 3;
  options.seed = 11;
  options.commands_per_second = 0;
  options.standin_settings = {{"members_per_guild", 8}, {"resume_window", "60s"}};
  options.bot_settings = {{"scheduler", {{"minimum_interval", "1s"}, {"default_interval", "24h"}, {"jitter", "0s"}}},
                          {"voice", {{"join_timeout", "5s"}, {"stay", "100ms"}}}};
  return options;
}

json World::ExportTo(const OtlpReceiver& receiver) {
  json settings{{"monitoring",
                 {{"otlp",
                   {{"enabled", true},
                    {"metrics", {{"endpoint", receiver.grpc_endpoint()}}},
                    {"logs", {{"endpoint", receiver.grpc_endpoint()}}},
                    {"traces", {{"endpoint", receiver.http_endpoint(OtlpSignal::kTraces)}}}}}}}};
  for (const char* signal : {"traces", "logs"}) settings["monitoring"][signal]["schedule_delay"] = "200ms";
  settings["monitoring"]["metrics"]["export_interval"] = "1s";
  return settings;
}

World::World(playground::PlaygroundOptions options) : playground_(InNewFolder(std::move(options))) {}

World::~World() {
  if (::testing::Test::HasFailure() && playground_.has_bot()) {
    std::cerr << "the bot wrote:\n" << bot().Errors() << '\n';
  }
  KeepOutput();
  const Texts written = Written();
  for (const std::string& secret : secrets_) ExpectNowhere(secret, written);
  std::error_code ignored;
  std::filesystem::remove_all(folder(), ignored);
}

void World::StartStandin(const json& changes) { playground_.StartStandin(changes); }

void World::StartMedia(const json& changes) {
  for (const char* secret : {playground::kYouTubeKey, playground::kSpotifySecret}) secrets_.insert(secret);
  playground_.StartMedia(changes);
}

void World::StartBot(const json& changes, bool usable) {
  KeepOutput();
  playground_.LaunchBot(changes);
  playground_.AwaitListening();
  if (usable) playground_.AwaitUsable();
}

ProcessEnd World::RunBot(const json& changes) {
  KeepOutput();
  playground_.LaunchBot(changes);
  return bot().Wait(60s).value_or(ProcessEnd{});
}

void World::StopBot() {
  const auto start = std::chrono::steady_clock::now();
  bot().Signal(SIGTERM);
  EXPECT_EQ(bot().Wait(60s), (ProcessEnd{.exit_status = 0})) << bot().Errors();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  KeepOutput();
}

void World::KeepOutput() {
  if (!playground_.has_bot()) return;
  const auto bot = playground_.TakeBot();
  all_output_ += bot->Output() + bot->Errors();
}

playground::Counts World::Ledger(const json::json_pointer& list, const std::vector<std::string>& keys) const {
  const json ledger = Ledger();
  playground::Counts counts;
  for (const json& row : ledger.at(list)) {
    std::string key;
    for (const std::string& name : keys) key += (key.empty() ? "" : " ") + Text(row.at(name));
    counts[key] += row.at("count").get<double>();
  }
  return counts;
}

json World::Guilds() const { return Parsed(Get(playground_.control_port(), "/guilds")); }
std::string World::FirstGuild() const { return Guilds().at(0).at("id"); }

std::vector<std::string> World::JoinableChannels(const std::string& guild) const {
  std::vector<std::string> ids;
  const json guilds = Guilds();
  for (const json& channel : FindGuild(guilds, guild).at("voice_channels")) {
    if (channel.at("bot_may_connect") && !channel.at("people").empty()) ids.push_back(channel.at("id"));
  }
  return ids;
}

std::string World::SomebodyInVoice(const std::string& guild) const {
  const json guilds = Guilds();
  for (const json& channel : FindGuild(guilds, guild).at("voice_channels")) {
    if (channel.at("bot_may_connect") && !channel.at("people").empty()) return channel.at("people").at(0);
  }
  throw std::runtime_error("nobody is in voice in " + guild);
}

std::string World::OwnerOf(const std::string& guild) const { return FindGuild(Guilds(), guild).at("owner_id"); }

void World::Fault(const json& fault) const { (void)Parsed(Post(playground_.control_port(), "/faults", fault.dump())); }

std::string World::Begin(const std::string& guild, const std::string& command, const json& options,
                         const std::string& user) const {
  json use{{"guild_id", guild}, {"command", command}, {"user_id", user.empty() ? OwnerOf(guild) : user}};
  if (!options.is_null()) use["options"] = options;
  return Parsed(Post(playground_.control_port(), "/interactions", use.dump())).at("id");
}

std::string World::Use(const std::string& guild, const std::string& command, const json& options,
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

json World::Interaction(const std::string& id) const {
  return Parsed(Get(playground_.control_port(), "/interactions/" + id));
}

std::vector<std::string> World::MessagesIn(const std::string& channel) const {
  std::vector<std::string> texts;
  for (const json& message : Parsed(Get(playground_.control_port(), "/messages/" + channel))) {
    texts.push_back(message.at("content"));
  }
  return texts;
}

std::vector<Sample> World::Metrics() const { return ParsePrometheusText(Page("/metrics")); }

double World::Metric(const std::string& name, const Labels& labels) const { return SumOf(Metrics(), name, labels); }

playground::Counts World::MetricBy(const std::string& name, const std::vector<std::string>& labels) const {
  auto counts = SumBy(Metrics(), name, labels);
  std::erase_if(counts, [](const auto& entry) { return entry.second == 0; });
  return counts;
}

std::string World::Page(const std::string& path) const { return Get(playground_.http_port(), path).body; }

int World::Probe(const std::string& path) const { return Get(playground_.http_port(), path).status; }

void World::ExpectTelemetryEqualsLedger() const {
  const auto comparison = playground_.CompareWhenSettled();
  std::ostringstream table;
  comparison.Print(table);
  EXPECT_TRUE(comparison.equal()) << table.str();
}

Texts World::Written() {
  Texts texts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder())) {
    if (!entry.is_regular_file() || entry.path().extension() == ".yaml") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    texts.emplace_back(entry.path().string(), std::string(std::istreambuf_iterator<char>(file), {}));
  }
  texts.emplace_back("the output of bots that have ended", all_output_);
  if (playground_.has_bot()) texts.emplace_back("the bot's output", bot().Output() + bot().Errors());
  return texts;
}

}  // namespace guildscope::testing
