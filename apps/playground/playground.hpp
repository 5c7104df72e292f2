#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "apps/playground/comparison.hpp"
#include "guildscope/testing/process.hpp"

namespace guildscope::playground {

struct PlaygroundOptions {
  std::filesystem::path programs;                        ///< Where disruptor, discord-standin and otlp-receiver are.
  std::filesystem::path directory = "build/playground";  ///< Settings, logs and the database of this run.
  std::uint16_t http_port = 8080;                        ///< The bot's; 0: the kernel chooses.
  std::uint16_t control_port = 8090;                     ///< The stand-in's; 0: the kernel chooses.
  int guilds = 12;
  int seed = 1;
  double commands_per_second = 4;
  /// Merged over the settings that are made for each (RFC 7396): what a test wants different.
  nlohmann::json bot_settings = nlohmann::json::object();
  nlohmann::json standin_settings = nlohmann::json::object();
};

/// The bot, the stand-in and the receiver, each a process of its own, as `make run` shows them.
///
/// Threads: one. Lifetime: the destructor ends what still runs.
class Playground {
 public:
  /// Starts all three and returns when the bot is ready. Throws std::runtime_error that says which did not start and
  /// why.
  explicit Playground(PlaygroundOptions options);

  /// Where to look, for a person.
  void PrintPlaces(std::ostream& out) const;

  /// False when one of the processes has ended by itself; says so.
  bool Alive(std::ostream& out);

  /// Stops the traffic, waits until the last of it is done, compares ledger and telemetry on both roads, ends the bot
  /// cleanly. True when everything is equal and the bot ended as it should.
  bool Finish(std::ostream& out);

  [[nodiscard]] std::uint16_t http_port() const noexcept { return http_port_; }
  [[nodiscard]] std::uint16_t control_port() const noexcept { return control_port_; }
  [[nodiscard]] std::uint16_t receiver_port() const noexcept { return receiver_port_; }
  [[nodiscard]] testing::Process& bot() noexcept { return *bot_; }

  /// What the stand-in has counted so far.
  [[nodiscard]] nlohmann::json Ledger() const;

  /// The comparison over `/metrics`, once it is equal or the patience for what is still under way has run out.
  [[nodiscard]] Comparison CompareWhenSettled() const;

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return options_.directory; }

  /// The made-up people use no more commands and stay where they are.
  void StopTraffic();

 private:
  void PrintArrived(std::ostream& out) const;

  PlaygroundOptions options_;
  std::unique_ptr<testing::Process> receiver_;
  std::unique_ptr<testing::Process> standin_;
  std::unique_ptr<testing::Process> bot_;
  std::uint16_t receiver_port_ = 0;
  std::uint16_t control_port_ = 0;
  std::uint16_t http_port_ = 0;
};

}  // namespace guildscope::playground
