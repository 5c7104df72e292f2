#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "guildscope/base/clock.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/retry/policy.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace guildscope::retry {

/// Why an attempt failed.
struct Failure {
  std::string reason{};  ///< Of a small closed set: `status 503`, `connection`. It is an attribute and an `error.type`.
  std::optional<std::chrono::milliseconds> asked_wait{};  ///< How long the other side asked to wait.
  bool may_be_retried = true;
  std::exception_ptr exception{};  ///< Recorded on the attempt's span when there is one.
};

/// What an exception says about its attempt: its type is the reason, and it may be retried.
[[nodiscard]] Failure Describe(const std::exception_ptr& exception);

class Retries;

/// One operation and its attempts, for whoever drives them: Retries::Run does, and an event loop that cannot wait.
///
///   Begin, then Succeed or Fail; after a wait that Fail asks for, Begin again.
///
/// Each attempt but the first is a span `retry {name}` (INTERNAL), a child of the operation's: `retry_count` (1 for the
/// first retry), `retry.reason` (why the attempt before it failed), `retry.wait_ms` (the wait before it).
/// `guildscope.retry.attempts` counts every attempt by what became of it.
///
/// Threads: one at a time. Lifetime: must not outlive its Retries.
class Operation {
 public:
  /// `context`: in which the operation's span is the active one. Throws std::invalid_argument for a policy that is
  /// none.
  Operation(const Retries& retries, std::string name, const Policy& policy, tracing::Context context);

  void Begin();
  void Succeed();
  /// The wait before the next attempt; nothing when there is to be none: then the operation has failed.
  [[nodiscard]] std::optional<std::chrono::milliseconds> Fail(const Failure& failure);

  /// What an attempt is to run in: its own span's context, and the operation's for the first.
  [[nodiscard]] const tracing::Context& context() const noexcept { return attempt_context_; }
  /// 0 during the first attempt.
  [[nodiscard]] int retries() const noexcept { return schedule_.retries(); }

 private:
  const Retries& owner_;
  const std::string name_;
  const tracing::Context context_;
  Schedule schedule_;
  tracing::Context attempt_context_;
  tracing::Span span_;
  std::string reason_;
  std::chrono::milliseconds wait_{0};
};

/// What the work of Retries::Run is told, and may say.
class Attempt {
 public:
  explicit Attempt(int retries) noexcept : retries_(retries) {}

  /// 0 for the first attempt.
  [[nodiscard]] int retries() const noexcept { return retries_; }

  /// The attempt failed although the work returns: it is tried again, and what it returned last is the result.
  void Fail(Failure failure) { failure_ = std::move(failure); }

  [[nodiscard]] const std::optional<Failure>& failure() const noexcept { return failure_; }

 private:
  const int retries_;
  std::optional<Failure> failure_;
};

struct RunOptions {
  Policy policy{};
  /// Ends the waits: what the last attempt gave is the result then.
  std::stop_token stop{};
  /// Of an exception; empty: Describe, so everything is tried again.
  std::function<Failure(const std::exception_ptr&)> describe{};
};

/// Where the time, the dice and the waiting come from; tests bring their own.
struct Seams {
  const Clock* clock = &RealClock();
  std::function<double()> random{};  ///< In [0, 1), from any thread. Empty: a generator a thread.
  /// Waits; false when it was stopped. Empty: sleeps.
  std::function<bool(std::chrono::milliseconds, const std::stop_token&)> wait{};
};

/// Tries again what may go right the next time: a statement on a busy database, a voice connection, a request. Not for
/// what must not happen twice, and not for what cannot wait: Run sleeps on the thread that calls it.
///
///   retry::Retries retries(telemetry.metrics(), telemetry.tracer());
///   const auto guild = retries.Run("load guild", [&] { return LoadGuild(id); });
///
/// Cost: a span and a counter an operation, a span and a counter a retry. Threads: any. Lifetime: the registry, the
/// tracer and the clock must outlive it.
class Retries {
 public:
  Retries(metrics::Registry& registry, const tracing::Tracer& tracer, Seams seams = {});

  /// Runs `work` (which may take an Attempt&) inside a span `{operation}` (INTERNAL) until it neither throws nor says
  /// Fail, or the policy has enough of it: then the last exception goes on, or the last result is returned. The span
  /// has `retry_count`, how many retries there were, and is an error when the last attempt failed. `operation` names
  /// the kind of work, for it is a label.
  template <typename Work>
  auto Run(std::string_view operation, Work&& work, const RunOptions& options = {}) const {
    tracing::ActiveSpan active = tracer_.StartActive(operation);
    Operation attempts(*this, std::string(operation), options.policy, active->context());
    for (;;) {
      attempts.Begin();
      const tracing::ContextScope scope(attempts.context());
      Attempt attempt(attempts.retries());
      try {
        if constexpr (std::is_void_v<decltype(Call(work, attempt))>) {
          Call(work, attempt);
          if (!GoesOn(attempts, active.span(), attempt, options)) return;
        } else {
          auto result = Call(work, attempt);
          if (!GoesOn(attempts, active.span(), attempt, options)) return result;
        }
      } catch (...) {
        if (!GoesOn(attempts, active.span(), std::current_exception(), options)) throw;
      }
    }
  }

 private:
  friend class Operation;

  template <typename Work>
  static decltype(auto) Call(Work& work, Attempt& attempt) {
    if constexpr (std::is_invocable_v<Work&, Attempt&>) {
      return std::invoke(work, attempt);
    } else {
      return std::invoke(work);
    }
  }

  /// Ends the attempt, and waits when there is to be another one.
  bool GoesOn(Operation& attempts, tracing::Span& span, const Attempt& attempt, const RunOptions& options) const;
  bool GoesOn(Operation& attempts, tracing::Span& span, const std::exception_ptr& exception,
              const RunOptions& options) const;
  bool Wait(std::chrono::milliseconds wait, const std::stop_token& stop) const;

  const tracing::Tracer& tracer_;
  const Seams seams_;
  metrics::CounterFamily<2> attempts_;
};

}  // namespace guildscope::retry
