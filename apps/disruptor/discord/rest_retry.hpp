#pragma once

#include <dpp/cluster.h>

#include <chrono>
#include <functional>
#include <optional>

#include "apps/disruptor/scheduler/worker_pool.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/logging/logger.hpp"
#include "guildscope/retry/retries.hpp"

namespace disruptor {

/// For answers to interactions, which Discord takes for three seconds.
inline constexpr guildscope::retry::Policy kAnswerRetries{.attempts = 4,
                                                          .first_wait = std::chrono::milliseconds(300),
                                                          .longest_wait = std::chrono::milliseconds(1'500),
                                                          .longest_asked_wait = std::chrono::milliseconds(1'500)};
/// For what nobody waits for, such as a message that says how far something is.
inline constexpr guildscope::retry::Policy kPatientRetries{.attempts = 4,
                                                           .first_wait = std::chrono::milliseconds(1'000),
                                                           .longest_wait = std::chrono::milliseconds(10'000),
                                                           .total_time = std::chrono::milliseconds(60'000)};

/// What a status says about a request that was not answered well; 0: there was no answer. Nothing: it succeeded.
[[nodiscard]] std::optional<guildscope::retry::Failure> DescribeAnswer(int status,
                                                                       std::chrono::milliseconds retry_after);

/// The status of an answer, and 0 where there was none: D++'s own is_error() takes an empty body for a success, also
/// when the connection broke before a byte had come.
[[nodiscard]] int AnswerStatus(const dpp::confirmation_callback_t& result);

/// Sends a request of D++ again when it was rate limited, failed on Discord's side or was not answered: D++ itself
/// never does. How often and when is guildscope/retry's part, as are the spans and the counts of the attempts.
///
/// Threads: any. Lifetime: what it was given must outlive it; it must outlive its requests.
class RestRetry {
 public:
  /// Sends the request, with a function to call at its end.
  using Request = std::function<void(dpp::command_completion_event_t)>;
  using Done = std::function<void(bool success)>;

  RestRetry(Executor& executor, const guildscope::retry::Retries& retries, const guildscope::Clock& clock,
            guildscope::logging::Logger logger);

  /// Calls `done` exactly once, in the trace context of the caller, on some thread. `what` names the kind of request,
  /// for it is a label: never an id.
  void Send(std::string what, Request request, Done done, const guildscope::retry::Policy& policy = kAnswerRetries);

 private:
  class Attempts;

  Executor& executor_;
  const guildscope::retry::Retries& retries_;
  const guildscope::Clock& clock_;
  const guildscope::logging::Logger logger_;
};

}  // namespace disruptor
