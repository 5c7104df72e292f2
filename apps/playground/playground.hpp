#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "apps/playground/comparison.hpp"
#include "guildscope/testing/process.hpp"

namespace guildscope::playground {

struct PlaygroundOptions {
  std::filesystem::path programs;                        ///< Where disruptor, discord-standin and otlp-receiver are.
  std::filesystem::path directory = "build/playground";  ///< Settings, logs and the database of this run.
  std::uint16_t http_port = 8080;                        ///< The bot's; 0: the kernel chooses.
  std::uint16_t control_port = 8090;                     ///< The stand-in's; 0: the kernel chooses.
  std::string token = "playground-token-that-is-no-secret";
  int guilds = 12;
  int seed = 1;
  double commands_per_second = 4;
  /// Merged over the settings that are made for each (RFC 7396): what a test wants different.
  nlohmann::json bot_settings = nlohmann::json::object();
  nlohmann::json standin_settings = nlohmann::json::object();
  /// Put over the bot's environment; an empty value removes the variable.
  std::map<std::string, std::string> bot_environment{};
};

/// The bot, the stand-ins for Discord and for YouTube and Spotify, and the receiver, each a process of its own, as
/// `make run` shows them. All at once with Start,
/// or one by one; without a receiver the bot exports nothing but what its settings say.
///
/// Threads: one. Lifetime: the destructor ends what still runs.
class Playground {
 public:
  /// Makes the directory, empty, and starts nothing.
  explicit Playground(PlaygroundOptions options);

  /// Starts all of them and returns when the bot can be used. Throws std::runtime_error that says which did not start
  /// and why; so do the steps below.
  void Start();

  void StartReceiver();
  /// YouTube, Spotify and their audio, and a few sounds. Before the stand-in and the bot, which are then told of it.
  /// `changes` are merged over its settings.
  void StartMedia(const nlohmann::json& changes = nlohmann::json::object());
  /// `changes` are merged over the settings of the options. Another time: in place of the one before, on its port.
  void StartStandin(const nlohmann::json& changes = nlohmann::json::object());
  void StopStandin() { standin_.reset(); }
  /// Returns at once. Another time: in place of the one before, with the database that that one left.
  void LaunchBot(const nlohmann::json& changes = nlohmann::json::object());
  /// Until it listens.
  void AwaitListening();
  /// Until it is ready, and Discord has taken its commands: the bot registers them once it is connected, and does not
  /// wait for that, because after the first time Discord knows them anyway.
  void AwaitUsable();

  /// Where to look, for a person.
  void PrintPlaces(std::ostream& out) const;

  /// False when one of the processes has ended by itself; says so.
  bool Alive(std::ostream& out);

  /// Stops the traffic, waits until the last of it is done, compares ledger and telemetry on both roads, ends the bot
  /// cleanly. True when everything is equal and the bot ended as it should.
  bool Finish(std::ostream& out);

  [[nodiscard]] std::uint16_t http_port() const noexcept { return http_port_; }
  [[nodiscard]] std::uint16_t control_port() const noexcept { return control_port_; }
  /// Of the media stand-in; 0 without one.
  [[nodiscard]] std::uint16_t media_port() const noexcept { return media_port_; }
  [[nodiscard]] std::uint16_t discord_port() const noexcept { return discord_port_; }
  [[nodiscard]] testing::Process& bot() noexcept { return *bot_; }
  [[nodiscard]] bool has_bot() const noexcept { return bot_ != nullptr; }
  /// The bot goes on, and is the caller's from now on.
  [[nodiscard]] std::unique_ptr<testing::Process> TakeBot() noexcept { return std::move(bot_); }
  /// The settings that the bot was last started with.
  [[nodiscard]] std::filesystem::path bot_file() const { return options_.directory / "disruptor.yaml"; }

  /// What the stand-ins have counted so far: Discord's, with that of the media in `media`.
  [[nodiscard]] nlohmann::json Ledger() const;

  /// The comparison over `/metrics`, once it is equal or the patience for what is still under way has run out.
  [[nodiscard]] Comparison CompareWhenSettled() const;

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return options_.directory; }

  /// The made-up people use no more commands and stay where they are.
  void StopTraffic();

 private:
  [[nodiscard]] nlohmann::json BotSettings() const;
  [[nodiscard]] nlohmann::json MusicSettings() const;
  void PrintArrived(std::ostream& out) const;
  /// Until what people asked for last has been looked up and told.
  void AwaitQuiet() const;

  PlaygroundOptions options_;
  std::unique_ptr<testing::Process> receiver_;
  std::unique_ptr<testing::Process> media_;
  std::unique_ptr<testing::Process> standin_;
  std::unique_ptr<testing::Process> bot_;
  nlohmann::json receiver_listening_;  // its ports; null without one
  std::uint16_t media_port_ = 0;
  std::uint16_t discord_port_ = 0;
  std::uint16_t control_port_ = 0;
  std::uint16_t http_port_ = 0;
};

}  // namespace guildscope::playground
