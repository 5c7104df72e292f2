#include "apps/disruptor/discord/rest_retry.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace disruptor {
namespace {

using guildscope::retry::Failure;
using std::chrono::milliseconds;

// D++ forgets a request whose connection is refused at once, and never calls back.
constexpr std::chrono::seconds kAnswerLimit{20};

milliseconds RetryAfter(const dpp::http_request_completion_t& http) {
  // Whole seconds, as D++ reads the header; 0 when there is none.
  return std::chrono::seconds(std::max(http.ratelimit_retry_after, http.ratelimit_reset_after));
}

}  // namespace

std::optional<Failure> DescribeAnswer(int status, milliseconds retry_after) {
  if (status >= 200 && status < 300) return std::nullopt;
  Failure failure{.reason = status == 0 ? "no answer" : "status " + std::to_string(status)};
  const bool rate_limited = status == 429;
  failure.may_be_retried = status == 0 || rate_limited || (status >= 500 && status <= 599);
  if (rate_limited && retry_after.count() > 0) failure.asked_wait = retry_after;
  return failure;
}

int AnswerStatus(const dpp::confirmation_callback_t& result) {
  if (result.http_info.error != dpp::h_success) return 0;
  return static_cast<int>(result.http_info.status);
}

/// One request with its retries; kept alive by whoever waits for something.
class RestRetry::Attempts : public std::enable_shared_from_this<Attempts> {
 public:
  Attempts(RestRetry& owner, std::string what, Request request, Done done, const guildscope::retry::Policy& policy)
      : owner_(owner),
        what_(std::move(what)),
        request_(std::move(request)),
        done_(std::move(done)),
        context_(guildscope::tracing::Context::Current()),
        operation_(owner.retries_, what_, policy, context_) {}

  void Try() {
    operation_.Begin();
    const int number = BeginAnswer();
    // Refused when the bot is ending: then only D++'s own answer counts.
    owner_.executor_.RunAt(owner_.clock_.SteadyNow() + kAnswerLimit,
                           [self = shared_from_this(), number] { self->End(number, 0, {}); });
    const guildscope::tracing::ContextScope scope(operation_.context());
    request_([self = shared_from_this(), number](const dpp::confirmation_callback_t& result) {
      self->End(number, AnswerStatus(result), RetryAfter(result.http_info));
    });
  }

 private:
  int BeginAnswer() {
    const std::lock_guard lock(mutex_);
    answered_ = false;
    return ++tries_;
  }

  /// The first answer to a try counts.
  void End(int number, int status, milliseconds retry_after) {
    {
      const std::lock_guard lock(mutex_);
      if (answered_ || number != tries_) return;
      answered_ = true;
    }
    const auto failure = DescribeAnswer(status, retry_after);
    if (!failure) {
      operation_.Succeed();
      return Finish(true, status);
    }
    const auto wait = operation_.Fail(*failure);
    const bool again =
        wait && owner_.executor_.RunAt(owner_.clock_.SteadyNow() + *wait, [self = shared_from_this()] { self->Try(); });
    if (!again) Finish(false, status);
  }

  void Finish(bool success, int status) {
    const guildscope::tracing::ContextScope scope(context_);
    if (!success) {
      owner_.logger_.Warning("{} failed with status {} after {} retries", what_, status, operation_.retries());
    }
    done_(success);
  }

  RestRetry& owner_;
  const std::string what_;
  const Request request_;
  const Done done_;
  const guildscope::tracing::Context context_;
  std::mutex mutex_;
  int tries_ = 0;                           // guarded by mutex_
  bool answered_ = false;                   // guarded by mutex_
  guildscope::retry::Operation operation_;  // of whoever tries, or has the answer that counts
};

RestRetry::RestRetry(Executor& executor, const guildscope::retry::Retries& retries, const guildscope::Clock& clock,
                     guildscope::logging::Logger logger)
    : executor_(executor), retries_(retries), clock_(clock), logger_(std::move(logger)) {}

void RestRetry::Send(std::string what, Request request, Done done, const guildscope::retry::Policy& policy) {
  std::make_shared<Attempts>(*this, std::move(what), std::move(request), std::move(done), policy)->Try();
}

}  // namespace disruptor
