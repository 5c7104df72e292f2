#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/playground/playground.hpp"
#include "guildscope/testing/eventually.hpp"
#include "guildscope/testing/otlp_receiver.hpp"
#include "guildscope/testing/process.hpp"
#include "guildscope/testing/prometheus_text.hpp"

namespace guildscope::testing {

/// Texts by where they were found.
using Texts = std::vector<std::pair<std::string, std::string>>;

/// Fails the test for every text that holds the secret, and says which it is.
void ExpectNowhere(std::string_view secret, const Texts& texts);

/// The bot and a stand-in as processes, in a folder that goes with them. Quiet: few guilds, no made-up traffic, and no
/// joins but those that a test asks for.
///
/// Every run ends with a look for the bot's token, and for the other secrets that it is told of, in what was written.
class World {
 public:
  static constexpr const char* kToken = "MTIzNDU2.test-token-that-must-never-be-seen";

  explicit World(playground::PlaygroundOptions options = Quiet());
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] static playground::PlaygroundOptions Quiet();
  /// The bot's settings that send every signal to the receiver, soon.
  [[nodiscard]] static nlohmann::json ExportTo(const OtlpReceiver& receiver);

  /// `changes` are merged into the settings (RFC 7396), here and below.
  void StartStandin(const nlohmann::json& changes = nlohmann::json::object());
  /// YouTube, Spotify and a few sounds, for the bots that are started from then on; call it first.
  void StartMedia(const nlohmann::json& changes = nlohmann::json::object());
  void StopStandin() { playground_.StopStandin(); }
  /// Waits until the bot listens, and, unless told otherwise, until it is ready and Discord knows its commands.
  void StartBot(const nlohmann::json& changes = nlohmann::json::object(), bool usable = true);
  /// Runs the bot until it ends by itself.
  ProcessEnd RunBot(const nlohmann::json& changes = nlohmann::json::object());
  /// Ends the bot as a user would; checks that it ends well and in time.
  void StopBot();

  [[nodiscard]] Process& bot() noexcept { return playground_.bot(); }
  [[nodiscard]] playground::Playground& playground() noexcept { return playground_; }
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return playground_.directory(); }

  [[nodiscard]] nlohmann::json Ledger() const { return playground_.Ledger(); }
  /// The counts of a list of the ledger's, by these keys, joined by a space.
  [[nodiscard]] playground::Counts Ledger(const nlohmann::json::json_pointer& list,
                                          const std::vector<std::string>& keys) const;
  [[nodiscard]] nlohmann::json Guilds() const;
  [[nodiscard]] std::string FirstGuild() const;
  /// The ids of the voice channels that the bot may join and that people are in.
  [[nodiscard]] std::vector<std::string> JoinableChannels(const std::string& guild) const;
  /// Somebody who is in a voice channel that the bot may join.
  [[nodiscard]] std::string SomebodyInVoice(const std::string& guild) const;
  [[nodiscard]] std::string OwnerOf(const std::string& guild) const;

  void Fault(const nlohmann::json& fault) const;
  /// Somebody (the guild's owner, unless told otherwise) uses a command. Returns the interaction's id.
  std::string Begin(const std::string& guild, const std::string& command, const nlohmann::json& options = {},
                    const std::string& user = "") const;
  /// The same, and waits for the answer, and returns its text.
  std::string Use(const std::string& guild, const std::string& command, const nlohmann::json& options = {},
                  const std::string& user = "") const;
  [[nodiscard]] nlohmann::json Interaction(const std::string& id) const;
  /// The texts of the messages in a channel, oldest first, as they are now.
  [[nodiscard]] std::vector<std::string> MessagesIn(const std::string& channel) const;

  /// The bot's pages.
  [[nodiscard]] std::vector<Sample> Metrics() const;
  [[nodiscard]] double Metric(const std::string& name, const Labels& labels = {}) const;
  /// The series of a metric that are not 0, by these labels, joined by a space.
  [[nodiscard]] playground::Counts MetricBy(const std::string& name, const std::vector<std::string>& labels) const;
  [[nodiscard]] std::string Page(const std::string& path) const;
  [[nodiscard]] int Probe(const std::string& path) const;

  /// Waits until the telemetry says what the ledger says; else fails with the lines that differ.
  void ExpectTelemetryEqualsLedger() const;

  /// Everything that the bots of this world have written so far: their output, and every file but settings.
  [[nodiscard]] Texts Written();

 protected:
  std::set<std::string> secrets_{kToken};

 private:
  void KeepOutput();

  playground::Playground playground_;
  std::string all_output_;  // of bots that are not there any more
};

}  // namespace guildscope::testing
