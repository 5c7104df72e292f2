#include "apps/playground/playground.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "apps/playground/made_up_music.hpp"
#include "guildscope/testing/http_client.hpp"

namespace guildscope::playground {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kStartLimit{60};
constexpr seconds kSettleLimit{20};
constexpr seconds kStopLimit{12};
constexpr milliseconds kQuiet{1'500};  // longer than the bot waits between two edits of a message

std::filesystem::path Write(const std::filesystem::path& file, const nlohmann::json& settings) {
  std::ofstream(file) << settings.dump(2) << '\n';  // JSON is YAML
  return file;
}

nlohmann::json Merged(nlohmann::json settings, const nlohmann::json& patch) {
  settings.merge_patch(patch);
  return settings;
}

std::unique_ptr<testing::Process> StartProgram(const std::filesystem::path& program, std::vector<std::string> arguments,
                                               std::map<std::string, std::string> environment = {}) {
  std::vector<std::string> command{program.string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return std::make_unique<testing::Process>(
      testing::ProcessOptions{.command = std::move(command), .environment = std::move(environment)});
}

std::string Loopback(int port) { return "127.0.0.1:" + std::to_string(port); }

bool CommandsTaken(const nlohmann::json& ledger) {
  const auto& rest = ledger.at("rest");
  return std::any_of(rest.begin(), rest.end(), [](const nlohmann::json& row) {
    return row.at("method") == "PUT" && row.at("endpoint") == "/applications/{application.id}/commands" &&
           row.at("status") == 200;
  });
}

}  // namespace

Playground::Playground(PlaygroundOptions options) : options_(std::move(options)) {
  std::filesystem::remove_all(options_.directory);
  std::filesystem::create_directories(options_.directory);
  options_.directory = std::filesystem::absolute(options_.directory);
}

void Playground::Start() {
  StartReceiver();
  StartMedia();
  StartStandin();
  LaunchBot();
  AwaitListening();
  AwaitUsable();
}

void Playground::StartReceiver() {
  receiver_ = StartProgram(options_.programs / "otlp-receiver", {});
  receiver_listening_ = receiver_->WaitForEvent("listening", kStartLimit);
}

void Playground::StartMedia(const nlohmann::json& changes) {
  WriteSounds(options_.directory / "sounds");
  const nlohmann::json settings{{"port", media_port_},
                                {"seed", options_.seed},
                                {"youtube_api_key", kYouTubeKey},
                                {"spotify_client_id", kSpotifyId},
                                {"spotify_client_secret", kSpotifySecret}};
  const auto file = Write(options_.directory / "media.yaml", Merged(settings, changes));
  media_.reset();
  media_ = StartProgram(options_.programs / "media-standin", {"--config", file.string()});
  media_port_ = media_->WaitForEvent("listening", kStartLimit).at("port");
}

void Playground::StartStandin(const nlohmann::json& changes) {
  nlohmann::json settings{{"port", discord_port_},
                          {"control_port", options_.control_port},
                          {"ca_file", (options_.directory / "standin-ca.crt").string()},
                          {"token", options_.token},
                          {"seed", options_.seed},
                          {"guilds", options_.guilds},
                          {"commands_per_second", options_.commands_per_second}};
  if (media_) {
    const auto catalogue = nlohmann::json::parse(testing::Get(media_port_, "/catalogue").body);
    settings["command_options"] = CommandOptions(catalogue);
  }
  const auto file =
      Write(options_.directory / "standin.yaml", Merged(Merged(settings, options_.standin_settings), changes));
  standin_.reset();
  standin_ = StartProgram(options_.programs / "discord-standin", {"--config", file.string()});
  const auto listening = standin_->WaitForEvent("listening", kStartLimit);
  discord_port_ = listening.at("discord_port");
  control_port_ = listening.at("control_port");
}

nlohmann::json Playground::MusicSettings() const {
  nlohmann::json music{{"cache", {{"directory", (options_.directory / "cache").string()}}}};
  if (!media_) return music;
  const auto media = "http://" + Loopback(media_port_);
  music["youtube"] = {{"api_url", media}, {"api_key", kYouTubeKey}, {"watch_url", media + "/watch/{id}.wav"}};
  music["spotify"] = {{"api_url", media},
                      {"token_url", media + "/api/token"},
                      {"client_id", kSpotifyId},
                      {"client_secret", kSpotifySecret}};
  music["progress"] = {{"interval", "1s"}};
  music["sounds_directory"] = (options_.directory / "sounds").string();
  music["allow_private_addresses"] = true;
  return music;
}

nlohmann::json Playground::BotSettings() const {
  nlohmann::json settings{
      {"discord",
       {{"token", options_.token},
        {"standin", Loopback(discord_port_)},
        {"standin_ca_file", (options_.directory / "standin-ca.crt").string()}}},
      {"database", {{"url", "sqlite:" + (options_.directory / "disruptor.db").string()}}},
      // Short intervals, so that half a minute shows what takes hours in real life.
      {"scheduler", {{"minimum_interval", "1s"}, {"default_interval", "5s"}, {"default_chance", 60}}},
      {"music", MusicSettings()},
      {"monitoring", {{"health_server", {{"port", options_.http_port}}}}},
      {"logging", {{"level", "INFO"}, {"log_dir", (options_.directory / "logs").string()}}}};
  if (receiver_) {
    const auto grpc = "http://" + Loopback(receiver_listening_.at("grpc_port"));
    const auto http = "http://" + Loopback(receiver_listening_.at("http_port"));
    settings["monitoring"]["metrics"]["export_interval"] = "5s";
    settings["monitoring"]["otlp"] = {{"enabled", true},
                                      {"metrics", {{"endpoint", grpc}}},
                                      {"logs", {{"endpoint", grpc}}},
                                      {"traces", {{"endpoint", http + "/v1/traces"}}}};
  }
  return settings;
}

void Playground::LaunchBot(const nlohmann::json& changes) {
  // The caller's own would win over the file.
  std::map<std::string, std::string> environment{{"DISCORD_TOKEN", ""}, {"OTEL_EXPORTER_OTLP_ENDPOINT", ""}};
  for (const auto& [name, value] : options_.bot_environment) environment[name] = value;
  const auto file = Write(bot_file(), Merged(Merged(BotSettings(), options_.bot_settings), changes));
  bot_.reset();
  bot_ = StartProgram(options_.programs / "disruptor", {"--config", file.string()}, std::move(environment));
}

void Playground::AwaitListening() { http_port_ = bot_->WaitForEvent("listening", kStartLimit).at("http_port"); }

void Playground::AwaitUsable() {
  (void)bot_->WaitForEvent("ready", kStartLimit);
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  while (!CommandsTaken(Ledger())) {
    if (std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("the bot did not register its commands in time; it wrote:\n" + bot_->Errors());
    }
    std::this_thread::sleep_for(milliseconds{50});
  }
}

void Playground::PrintPlaces(std::ostream& out) const {
  const auto bot = "http://127.0.0.1:" + std::to_string(http_port_);
  const auto standin = "http://127.0.0.1:" + std::to_string(control_port_);
  const auto receiver = "http://127.0.0.1:" + std::to_string(receiver_listening_.at("control_port").get<int>());
  out << "The bot is ready: " << options_.guilds << " made-up guilds, with people who use it.\n\n"
      << "  console     " << bot << "/\n"
      << "  metrics     " << bot << "/metrics\n"
      << "  health      " << bot << "/health   " << bot << "/ready\n"
      << "  traces      " << receiver << "/traces\n"
      << "  arrived     " << receiver << "/counts\n"
      << "  the truth   " << standin << "/ledger\n"
      << "  the music   http://127.0.0.1:" << media_port_ << "/ledger   " << standin << "/audio/GUILD_ID\n"
      << "  logs        " << (options_.directory / "logs").string() << "/\n\n";
  out.flush();
}

bool Playground::Alive(std::ostream& out) {
  bool alive = true;
  for (const auto& [name, process] :
       {std::pair{"disruptor", bot_.get()}, std::pair{"discord-standin", standin_.get()},
        std::pair{"media-standin", media_.get()}, std::pair{"otlp-receiver", receiver_.get()}}) {
    if (const auto end = process->Wait(milliseconds{0})) {
      out << name << " ended by itself (exit status " << end->exit_status << ", signal " << end->signal << "):\n"
          << process->Errors() << '\n';
      alive = false;
    }
  }
  return alive;
}

nlohmann::json Playground::Ledger() const {
  auto ledger = nlohmann::json::parse(testing::Get(control_port_, "/ledger").body);
  if (media_) ledger["media"] = nlohmann::json::parse(testing::Get(media_port_, "/ledger").body);
  return ledger;
}

void Playground::StopTraffic() { testing::Post(control_port_, "/traffic", R"({"running": false})"); }

Comparison Playground::CompareWhenSettled() const {
  const auto deadline = std::chrono::steady_clock::now() + kSettleLimit;
  for (;;) {
    const auto page = testing::Get(http_port_, "/metrics").body;
    Comparison comparison(Ledger(), {FromMetricsPage(page)});
    if (comparison.equal() || std::chrono::steady_clock::now() > deadline) return comparison;
    std::this_thread::sleep_for(milliseconds{200});
  }
}

void Playground::PrintArrived(std::ostream& out) const {
  const auto counts = nlohmann::json::parse(testing::Get(receiver_listening_.at("control_port"), "/counts").body);
  out << "\nArrived at the OpenTelemetry receiver:\n";
  for (const auto& [signal, by_name] : counts.items()) {
    if (!by_name.is_object()) continue;
    std::uint64_t total = 0;
    for (const auto& [name, count] : by_name.items()) {
      if (count.is_number_unsigned()) total += count.get<std::uint64_t>();
    }
    out << "  " << signal << ": " << total << " under " << by_name.size() << " names\n";
  }
}

void Playground::AwaitQuiet() const {
  const auto deadline = std::chrono::steady_clock::now() + kSettleLimit;
  const auto requests = [this] {
    const auto ledger = Ledger();
    return nlohmann::json{ledger.at("rest"), ledger.value("media", nlohmann::json())};
  };
  for (auto before = requests(); std::chrono::steady_clock::now() < deadline;) {
    std::this_thread::sleep_for(kQuiet);
    auto now = requests();
    if (now == before) return;
    before = std::move(now);
  }
}

bool Playground::Finish(std::ostream& out) {
  StopTraffic();
  AwaitQuiet();
  const Comparison live = CompareWhenSettled();
  out << "What the stand-in counted, beside what /metrics says:\n";
  live.Print(out);

  bot_->Signal(SIGTERM);
  const auto end = bot_->Wait(kStopLimit);
  const bool ended_well = end && end->exit_status == 0;
  if (!ended_well) out << "\nThe bot did not end cleanly.\n" << bot_->Errors();

  // The last export happens while the bot ends; nothing moves any more, so there is nothing to wait for.
  const auto points =
      nlohmann::json::parse(testing::Get(receiver_listening_.at("control_port"), "/metrics/latest").body);
  const Comparison exported(Ledger(), {FromOtlpPoints(points)});
  out << "\nAfter the bot has ended, beside what arrived by OTLP:\n";
  exported.Print(out);
  PrintArrived(out);

  const bool equal = live.equal() && exported.equal();
  out << '\n'
      << (equal ? "The telemetry says exactly what happened."
                : std::to_string(live.differences() + exported.differences()) + " lines differ.")
      << std::endl;
  return equal && ended_well;
}

}  // namespace guildscope::playground
