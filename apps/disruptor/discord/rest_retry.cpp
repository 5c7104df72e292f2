#include "apps/disruptor/discord/rest_retry.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace disruptor {
namespace {

using std::chrono::milliseconds;

constexpr int kMostRetries = 3;
constexpr milliseconds kFirstWait{250};
constexpr milliseconds kLongestWait{1'500};
// D++ forgets a request whose connection is refused at once, and never calls back.
constexpr std::chrono::seconds kAnswerLimit{20};

milliseconds RetryAfter(const dpp::http_request_completion_t& http) {
  // Whole seconds, as D++ reads the header; 0 when there is none.
  return std::chrono::seconds(std::max(http.ratelimit_retry_after, http.ratelimit_reset_after));
}

}  // namespace

std::optional<milliseconds> RetryWait(int status, milliseconds retry_after, int retries) noexcept {
  const bool rate_limited = status == 429;
  const bool worth_it = status == 0 || rate_limited || (status >= 500 && status <= 599);
  if (!worth_it || retries >= kMostRetries) return std::nullopt;
  const milliseconds wait = kFirstWait * (1 << retries);
  if (!rate_limited) return wait;
  if (retry_after > kLongestWait) return std::nullopt;
  return std::max(wait, retry_after);
}

int AnswerStatus(const dpp::confirmation_callback_t& result) {
  if (result.http_info.error != dpp::h_success) return 0;
  return static_cast<int>(result.http_info.status);
}

/// One request with its retries; kept alive by whoever waits for something.
class RestRetry::Attempts : public std::enable_shared_from_this<Attempts> {
 public:
  Attempts(RestRetry& owner, std::string what, Request request, Done done)
      : owner_(owner),
        what_(std::move(what)),
        request_(std::move(request)),
        done_(std::move(done)),
        context_(guildscope::tracing::Context::Current()) {}

  void Try() {
    const int number = Begin();
    // Refused when the bot is ending: then only D++'s own answer counts.
    owner_.executor_.RunAt(owner_.clock_.SteadyNow() + kAnswerLimit,
                           [self = shared_from_this(), number] { self->End(number, 0, {}); });
    const guildscope::tracing::ContextScope scope(span_.recording() ? span_.context() : context_);
    request_([self = shared_from_this(), number](const dpp::confirmation_callback_t& result) {
      self->End(number, AnswerStatus(result), RetryAfter(result.http_info));
    });
  }

 private:
  int Begin() {
    const std::lock_guard lock(mutex_);
    answered_ = false;
    return retries_;
  }

  /// The first answer to a try counts.
  void End(int number, int status, milliseconds retry_after) {
    std::optional<milliseconds> wait;
    {
      const std::lock_guard lock(mutex_);
      if (answered_ || number != retries_) return;
      answered_ = true;
      wait = RetryWait(status, retry_after, retries_);
      if (wait) ++retries_;
    }
    const bool success = status >= 200 && status < 300;
    if (!success) span_.SetError(status == 0 ? "no_answer" : std::to_string(status), "the retry failed");
    span_.End();
    const bool again = wait && owner_.executor_.RunAt(owner_.clock_.SteadyNow() + *wait,
                                                      [self = shared_from_this(), status, waited = *wait] {
                                                        self->Retry(status, waited);
                                                      });
    if (!again) Finish(success, status);
  }

  void Retry(int status, milliseconds waited) {
    const std::string reason = status == 0 ? "no answer" : "status " + std::to_string(status);
    guildscope::tracing::SpanOptions options;
    options.attributes = {{"retry_count", retries_},
                          {"retry.reason", reason},
                          {"retry.wait_ms", static_cast<std::int64_t>(waited.count())}};
    options.parent = context_;
    span_ = owner_.tracer_.Start("retry " + what_, options);
    Try();
  }

  void Finish(bool success, int status) {
    const guildscope::tracing::ContextScope scope(context_);
    if (!success) owner_.logger_.Warning("{} failed with status {} after {} retries", what_, status, retries_);
    done_(success);
  }

  RestRetry& owner_;
  const std::string what_;
  const Request request_;
  const Done done_;
  const guildscope::tracing::Context context_;
  std::mutex mutex_;
  int retries_ = 0;        // guarded by mutex_ while an answer is awaited
  bool answered_ = false;  // guarded by mutex_
  guildscope::tracing::Span span_;
};

RestRetry::RestRetry(Executor& executor, const guildscope::tracing::Tracer& tracer, const guildscope::Clock& clock,
                     guildscope::logging::Logger logger)
    : executor_(executor), tracer_(tracer), clock_(clock), logger_(std::move(logger)) {}

void RestRetry::Send(std::string what, Request request, Done done) {
  std::make_shared<Attempts>(*this, std::move(what), std::move(request), std::move(done))->Try();
}

}  // namespace disruptor
