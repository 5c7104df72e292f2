#pragma once

#include <dpp/cluster.h>

#include <atomic>
#include <string>

#include "apps/disruptor/discord/rest_retry.hpp"
#include "apps/disruptor/music/pipeline/progress_messages.hpp"

namespace disruptor {

/// Posts and edits messages through D++, so that its instrumentation sees them, with patient retries. D++ itself keeps
/// inside the limits that Discord says for each route.
///
/// Threads: any. Lifetime: what it was given must outlive it; it must outlive its requests.
class DppMessageSender final : public music::MessageSender {
 public:
  DppMessageSender(dpp::cluster& bot, Executor& executor, const guildscope::retry::Retries& retries,
                   const guildscope::Clock& clock, guildscope::logging::Logger logger)
      : bot_(bot), retry_(executor, retries, clock, std::move(logger)) {}

  void Send(Snowflake channel, Snowflake message, const std::string& text, Done done) override;

  /// Messages that are being sent.
  [[nodiscard]] int active() const noexcept { return active_; }

 private:
  dpp::cluster& bot_;
  RestRetry retry_;
  std::atomic<int> active_{0};
};

}  // namespace disruptor
