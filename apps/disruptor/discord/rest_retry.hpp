#pragma once

#include <dpp/cluster.h>

#include <chrono>
#include <functional>
#include <optional>

#include "apps/disruptor/scheduler/worker_pool.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/logging/logger.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace disruptor {

/// How long to wait before a request is sent again; nothing when it is not worth it: it succeeded, it was refused for
/// good, or it has been tried often enough. `status` 0: there was no answer. `retries`: done so far.
[[nodiscard]] std::optional<std::chrono::milliseconds> RetryWait(int status, std::chrono::milliseconds retry_after,
                                                                 int retries) noexcept;

/// The status of an answer, and 0 where there was none: D++'s own is_error() takes an empty body for a success, also
/// when the connection broke before a byte had come.
[[nodiscard]] int AnswerStatus(const dpp::confirmation_callback_t& result);

/// Sends a request of D++ again when it was rate limited, failed on Discord's side or was not answered: D++ itself
/// never does. Each retry is a span that says which it is, why, and how long it waited.
///
/// Meant for answers to interactions, which Discord takes for three seconds.
///
/// Threads: any. Lifetime: what it was given must outlive it; it must outlive its requests.
class RestRetry {
 public:
  /// Sends the request, with a function to call at its end.
  using Request = std::function<void(dpp::command_completion_event_t)>;
  using Done = std::function<void(bool success)>;

  RestRetry(Executor& executor, const guildscope::tracing::Tracer& tracer, const guildscope::Clock& clock,
            guildscope::logging::Logger logger);

  /// Calls `done` exactly once, in the trace context of the caller, on some thread. `what` names the request in the
  /// log.
  void Send(std::string what, Request request, Done done);

 private:
  class Attempts;

  Executor& executor_;
  const guildscope::tracing::Tracer& tracer_;
  const guildscope::Clock& clock_;
  const guildscope::logging::Logger logger_;
};

}  // namespace disruptor
