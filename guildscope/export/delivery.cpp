#include "guildscope/export/delivery.hpp"

#include <algorithm>
#include <utility>

namespace guildscope::exporting {
namespace {

Verdict Lost(Loss loss, std::string detail) { return {.loss = loss, .rejected = 0, .detail = std::move(detail)}; }

Loss LossOf(Reply::Outcome outcome) noexcept {
  return outcome == Reply::Outcome::kTimeout ? Loss::kTimeout : Loss::kExportFailed;
}

}  // namespace

Delivery::Delivery(std::shared_ptr<Transport> transport, RetryPolicy policy, const Clock& clock, Pause pause)
    : transport_(std::move(transport)),
      policy_(policy),
      clock_(clock),
      pause_(pause ? std::move(pause) : [this](auto duration, bool stopping) { stop_.Pause(duration, stopping); }),
      random_(std::random_device{}()) {}

// Doubling spreads load over time; the random half keeps processes that lost the same collector from returning
// together.
std::chrono::nanoseconds Delivery::Backoff(int attempt, bool stopping) {
  if (stopping) return policy_.wait_after_stop;
  const auto longest = std::min(policy_.longest_wait, policy_.first_wait * (1 << std::min(attempt, 16)));
  std::uniform_real_distribution<double> share(0.5, 1.0);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(longest * share(random_));
}

Verdict Delivery::Deliver(const Request& request, std::chrono::steady_clock::time_point total_deadline) {
  Loss last_loss = Loss::kTimeout;
  std::string last_detail = stop_.requested() ? "the process ends" : "no time was left";
  int after_stop = 0;
  for (int attempt = 0;; ++attempt) {
    const bool stopping = stop_.requested();
    const auto now = clock_.SteadyNow();
    const auto deadline = std::min(total_deadline, stop_.deadline());
    if (now >= deadline) return Lost(stopping ? Loss::kShutdown : last_loss, std::move(last_detail));
    if (stopping) ++after_stop;

    Reply reply = transport_->Send(request, std::min(now + policy_.attempt_timeout, deadline));
    switch (reply.outcome) {
      case Reply::Outcome::kAccepted:
        return {.loss = {}, .rejected = reply.rejected, .detail = std::move(reply.detail)};
      case Reply::Outcome::kRefused:
        return Lost(Loss::kExportFailed, std::move(reply.detail));
      case Reply::Outcome::kCancelled:
        return Lost(Loss::kShutdown, std::move(reply.detail));
      case Reply::Outcome::kRetry:
      case Reply::Outcome::kTimeout:
        break;
    }
    last_loss = LossOf(reply.outcome);
    last_detail = std::move(reply.detail);
    if (after_stop >= policy_.attempts_after_stop) return Lost(last_loss, std::move(last_detail));

    const bool waiting_stopped = stop_.requested();
    const std::chrono::nanoseconds wait = reply.retry_after ? *reply.retry_after : Backoff(attempt, waiting_stopped);
    if (clock_.SteadyNow() + wait >= std::min(total_deadline, stop_.deadline())) {
      return Lost(waiting_stopped ? Loss::kShutdown : last_loss, std::move(last_detail));
    }
    if (on_retry_) on_retry_(last_detail);
    pause_(wait, waiting_stopped);
  }
}

}  // namespace guildscope::exporting
