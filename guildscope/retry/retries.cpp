#include "guildscope/retry/retries.hpp"

#include <cxxabi.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <typeinfo>

#include "guildscope/base/type_name.hpp"
#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::retry {
namespace {

using std::chrono::milliseconds;

double ThreadRandom() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  return std::uniform_real_distribution<double>()(engine);
}

bool Sleep(milliseconds wait, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, stop, wait, [] { return false; });
  return !stop.stop_requested();
}

Seams WithDefaults(Seams seams) {
  if (!seams.random) seams.random = ThreadRandom;
  if (!seams.wait) seams.wait = Sleep;
  return seams;
}

const Policy& Checked(const Policy& policy) {
  Check(policy);
  return policy;
}

}  // namespace

Failure Describe(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& known) {
    return {.reason = TypeName(&typeid(known)), .exception = exception};
  } catch (...) {
    return {.reason = TypeName(abi::__cxa_current_exception_type()), .exception = exception};
  }
}

Operation::Operation(const Retries& retries, std::string name, const Policy& policy, tracing::Context context)
    : owner_(retries),
      name_(std::move(name)),
      context_(std::move(context)),
      schedule_(Checked(policy), retries.seams_.clock->SteadyNow()),
      attempt_context_(context_) {}

void Operation::Begin() {
  if (retries() == 0) return;
  tracing::SpanOptions options;
  options.attributes = {{"retry_count", retries()}, {"retry.reason", reason_}, {"retry.wait_ms", wait_.count()}};
  options.parent = context_;
  span_ = owner_.tracer_.Start("retry " + name_, options);
  attempt_context_ = span_.context();
}

void Operation::Succeed() {
  span_.End();
  owner_.attempts_.Add(1, {name_, "success"});
}

std::optional<milliseconds> Operation::Fail(const Failure& failure) {
  if (failure.exception) {
    span_.RecordException(failure.exception);
  } else {
    span_.SetError(failure.reason, "the attempt failed");
  }
  span_.End();
  const auto wait = failure.may_be_retried
                        ? schedule_.Next(owner_.seams_.clock->SteadyNow(), owner_.seams_.random(), failure.asked_wait)
                        : std::nullopt;
  owner_.attempts_.Add(1, {name_, wait ? "retried" : "failed"});
  if (!wait) return std::nullopt;
  reason_ = failure.reason;
  wait_ = *wait;
  return wait;
}

Retries::Retries(metrics::Registry& registry, const tracing::Tracer& tracer, Seams seams)
    : tracer_(tracer),
      seams_(WithDefaults(std::move(seams))),
      attempts_(registry.Get(metrics::catalogue::kRetryAttempts)) {}

bool Retries::GoesOn(Operation& attempts, tracing::Span& span, const Attempt& attempt,
                     const RunOptions& options) const {
  if (!attempt.failure()) {
    span.SetAttribute({"retry_count", attempts.retries()});
    attempts.Succeed();
    return false;
  }
  const int retries = attempts.retries();
  const auto wait = attempts.Fail(*attempt.failure());
  if (wait && Wait(*wait, options.stop)) return true;
  span.SetAttribute({"retry_count", retries});
  span.SetError(attempt.failure()->reason, "the last attempt failed");
  return false;
}

bool Retries::GoesOn(Operation& attempts, tracing::Span& span, const std::exception_ptr& exception,
                     const RunOptions& options) const {
  const int retries = attempts.retries();
  const auto wait = attempts.Fail(options.describe ? options.describe(exception) : Describe(exception));
  if (wait && Wait(*wait, options.stop)) return true;
  span.SetAttribute({"retry_count", retries});
  span.RecordException(exception);
  return false;
}

bool Retries::Wait(milliseconds wait, const std::stop_token& stop) const {
  return !stop.stop_requested() && seams_.wait(wait, stop);
}

}  // namespace guildscope::retry
