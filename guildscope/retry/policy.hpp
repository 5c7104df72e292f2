#pragma once

#include <chrono>
#include <optional>

namespace guildscope::retry {

/// How often something is tried, and how long to wait in between.
struct Policy {
  int attempts = 4;                                ///< The first one included; 1: never a second time.
  std::chrono::milliseconds first_wait{250};       ///< The longest wait before the first retry.
  double factor = 2;                               ///< By which the longest wait grows with each retry; at least 1.
  std::chrono::milliseconds longest_wait{10'000};  ///< Beyond which it does not grow.
  /// No attempt begins later than this after the first one began.
  std::chrono::milliseconds total_time{30'000};
  /// The longest wait that the other side may ask for (HTTP's Retry-After). Asked for more, there is no further
  /// attempt: one that comes earlier than it was asked to only makes matters worse.
  std::chrono::milliseconds longest_asked_wait{30'000};
};

/// A policy of one attempt.
inline constexpr Policy kNever{.attempts = 1};

/// Throws std::invalid_argument that quotes the first value that makes no sense, and what is accepted.
void Check(const Policy& policy);

/// Exponential back-off with full jitter: a random part of a longest wait that grows by `factor`, so that many who
/// failed at the same moment do not come back at the same moment. (Marc Brooker, "Exponential Backoff And Jitter", AWS
/// Architecture Blog, 2015.)
///
/// `retry` is 1 for the first; `random` is in [0, 1).
[[nodiscard]] std::chrono::milliseconds FullJitter(const Policy& policy, int retry, double random) noexcept;

/// The retries of one operation: after each failure it says how long to wait, or that it is enough. Knows no clock and
/// no random source: what it says follows from what it is told.
///
/// Threads: one at a time.
class Schedule {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Schedule(const Policy& policy, TimePoint start) noexcept : policy_(policy), start_(start) {}

  /// The wait before the next attempt, after one that failed now; nothing when there is to be none. `asked`: how long
  /// the other side asked to wait.
  [[nodiscard]] std::optional<std::chrono::milliseconds> Next(
      TimePoint now, double random, std::optional<std::chrono::milliseconds> asked = std::nullopt) noexcept;

  /// How often Next said to go on.
  [[nodiscard]] int retries() const noexcept { return retries_; }

 private:
  Policy policy_;
  TimePoint start_;
  int retries_ = 0;
};

}  // namespace guildscope::retry
