#pragma once

#include <dpp/dpp.h>
#include <gtest/gtest.h>
#include <opentelemetry/exporters/memory/in_memory_span_data.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "guildscope/instrumentation/dpp/ended_span.hpp"
#include "guildscope/instrumentation/dpp/instrumentation.hpp"
#include "guildscope/testing/eventually.hpp"
#include "guildscope/testing/process.hpp"
#include "guildscope/testing/redirect/discord_redirect.hpp"

namespace guildscope::dpp {

using nlohmann::json;
using testing::Eventually;

/// An unmodified D++ bot, instrumented as a user does it, that is logged in to
/// a stand-in. Tests drive the stand-in through its control API, and compare
/// what it counted with what the telemetry says.
class BotFixture : public ::testing::Test {
 protected:
  /// Counts by label values, joined with a blank.
  using Counts = std::map<std::string, double>;

  /// `settings`: lines of YAML for the stand-in.
  explicit BotFixture(const std::string& settings);
  ~BotFixture() override;

  /// Registers the commands, connects, and waits until every shard is ready and
  /// every guild is there.
  void Connect(const std::vector<std::string>& commands);

  /// Somebody uses a command.
  void Use(const std::string& command);
  void Fault(const json& fault);
  json Ledger();

  /// The series of a metric whose name follows `disruptor.discord.`; a
  /// histogram's counts.
  Counts Metric(std::string_view name);
  /// The entries of a list of the ledger's, by these keys.
  static Counts FromLedger(const json& list, const std::vector<std::string>& keys, const std::string& value = "count");

  /// Spans that have ended, all of them.
  const std::vector<EndedSpan>& Spans();
  std::vector<EndedSpan> SpansNamed(const std::string& name);

  static constexpr const char* kToken = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GHIJKL.abcdefghijklmnopqrstuvwxyz0123456789AB";

  const std::string folder_;
  std::unique_ptr<testing::Process> standin_;
  std::uint16_t control_port_ = 0;
  std::optional<testing::DiscordRedirect> redirect_;
  std::optional<Telemetry> telemetry_;
  std::shared_ptr<opentelemetry::exporter::memory::InMemorySpanData> ended_;
  std::optional<::dpp::cluster> bot_;
  Instrumentation instrumentation_;

 private:
  std::vector<EndedSpan> spans_;
};

}  // namespace guildscope::dpp
