#pragma once

#include <dpp/dpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "guildscope/instrumentation/dpp/instrumentation.hpp"
#include "guildscope/testing/otlp_receiver.hpp"
#include "guildscope/testing/process.hpp"
#include "guildscope/testing/redirect/discord_redirect.hpp"

namespace guildscope {

/// A bot as a user writes one, logged in to a stand-in, whose telemetry goes to a receiver of the official classes.
class StoryFixture : public ::testing::Test {
 protected:
  using Spans = std::vector<testing::ReceivedSpan>;

  StoryFixture();
  ~StoryFixture() override;

  /// Registers the command, connects, and waits until the bot is ready.
  void Connect(const std::string& command);
  /// Somebody uses a command.
  void Use(const std::string& command);

  /// What has arrived, once there are so many spans of this name.
  Spans Arrived(const std::string& name, std::size_t count = 1);
  testing::ReceivedSpan ArrivedOnly(const std::string& name);
  Spans ChildrenOf(const testing::ReceivedSpan& parent);
  /// The series of a histogram leads to this span.
  bool LeadsTo(const std::string& metric, const testing::OtlpAttributes& labels, const testing::ReceivedSpan& span);

  static constexpr std::chrono::seconds kPatience{60};

  const std::string folder_;
  std::unique_ptr<testing::Process> standin_;
  std::uint16_t control_port_ = 0;
  std::optional<testing::DiscordRedirect> redirect_;
  testing::OtlpReceiver receiver_;
  std::optional<Telemetry> telemetry_;
  std::optional<::dpp::cluster> bot_;
  dpp::Instrumentation instrumentation_;

 private:
  bool AwaitExported(const std::function<bool(const testing::OtlpStore&)>& condition);
};

}  // namespace guildscope
