#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "guildscope/testing/process.hpp"
#include "guildscope/testing/prometheus_text.hpp"

namespace disruptor {

using guildscope::testing::Process;
using guildscope::testing::ProcessEnd;

/// Waits until the condition holds; false when it does not in time. Long, because the machine may be busy.
bool Eventually(const std::function<bool()>& condition, std::chrono::seconds limit = std::chrono::seconds(60));

/// The bot and a stand-in as processes, in a folder of their own. The schedulers are quiet unless a test wants them.
class BotRun : public ::testing::Test {
 protected:
  static constexpr const char* kToken = "MTIzNDU2.test-token-that-must-never-be-seen";

  BotRun();
  ~BotRun() override;

  void StartStandin(const nlohmann::json& changes = nlohmann::json::object());
  /// `changes` is merged into the settings. Waits until the bot listens, and, unless told otherwise, until it is ready
  /// and Discord knows its commands.
  void StartBot(const nlohmann::json& changes = nlohmann::json::object(), bool wait = true);
  /// Ends it as a user would; checks that it ends well and in time.
  void StopBot();
  /// Runs the bot until it ends by itself.
  ProcessEnd RunBot(const nlohmann::json& changes = nlohmann::json::object());

  [[nodiscard]] nlohmann::json Ledger() const;
  [[nodiscard]] nlohmann::json Guilds() const;
  [[nodiscard]] std::string FirstGuild() const;
  /// The ids of the voice channels that the bot may join and that people are in.
  [[nodiscard]] std::vector<std::string> JoinableChannels(const std::string& guild) const;
  /// Somebody who is in a voice channel that the bot may join.
  [[nodiscard]] std::string SomebodyInVoice(const std::string& guild) const;
  [[nodiscard]] std::string OwnerOf(const std::string& guild) const;

  void Fault(const nlohmann::json& fault) const;
  /// Uses a command, waits for the answer, and returns its text.
  std::string Use(const std::string& guild, const std::string& command, const nlohmann::json& options = {},
                  const std::string& user = "") const;
  std::string Begin(const std::string& guild, const std::string& command, const nlohmann::json& options = {},
                    const std::string& user = "") const;
  [[nodiscard]] nlohmann::json Interaction(const std::string& id) const;

  [[nodiscard]] std::vector<guildscope::testing::Sample> Metrics() const;
  [[nodiscard]] double Metric(const std::string& name, const guildscope::testing::Labels& labels = {}) const;
  [[nodiscard]] int Probe(const std::string& path) const;
  /// Waits until the telemetry says what the ledger says; else fails with the lines that differ.
  void ExpectTelemetryEqualsLedger() const;

  const std::filesystem::path folder_;
  std::unique_ptr<Process> standin_;
  std::unique_ptr<Process> bot_;
  std::uint16_t discord_port_ = 0;
  std::uint16_t control_port_ = 0;
  std::uint16_t http_port_ = 0;
  std::set<std::string> secrets_{kToken};  // nothing that the bot writes may hold one

 private:
  [[nodiscard]] nlohmann::json BotSettings(const nlohmann::json& changes) const;
  void CheckThatTheSecretsAreNowhere() const;

  int settings_files_ = 0;
  std::string all_output_;  // of bots that have ended
};

}  // namespace disruptor
