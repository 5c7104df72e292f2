#include "guildscope/retry/policy.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace guildscope::retry {
namespace {

using std::chrono::milliseconds;

void CheckNotNegative(const char* name, milliseconds value) {
  if (value.count() >= 0) return;
  throw std::invalid_argument(std::string("retry policy: ") + name + " is " + std::to_string(value.count()) +
                              " ms; accepted: 0 ms and more");
}

}  // namespace

void Check(const Policy& policy) {
  if (policy.attempts < 1) {
    throw std::invalid_argument("retry policy: attempts is " + std::to_string(policy.attempts) +
                                "; accepted: 1 and more");
  }
  if (!(policy.factor >= 1) || !std::isfinite(policy.factor)) {
    throw std::invalid_argument("retry policy: factor is " + std::to_string(policy.factor) + "; accepted: 1 and more");
  }
  CheckNotNegative("first_wait", policy.first_wait);
  CheckNotNegative("longest_wait", policy.longest_wait);
  CheckNotNegative("total_time", policy.total_time);
  CheckNotNegative("longest_asked_wait", policy.longest_asked_wait);
}

milliseconds FullJitter(const Policy& policy, int retry, double random) noexcept {
  const double longest = static_cast<double>(policy.longest_wait.count());
  // May become infinite; the minimum is right then too.
  const double grown = static_cast<double>(policy.first_wait.count()) * std::pow(policy.factor, std::max(retry, 1) - 1);
  return milliseconds(static_cast<milliseconds::rep>(std::min(longest, grown) * std::clamp(random, 0.0, 1.0)));
}

std::optional<milliseconds> Schedule::Next(TimePoint now, double random, std::optional<milliseconds> asked) noexcept {
  if (retries_ + 1 >= policy_.attempts) return std::nullopt;
  if (asked && *asked > policy_.longest_asked_wait) return std::nullopt;
  const milliseconds wait = std::max(FullJitter(policy_, retries_ + 1, random), asked.value_or(milliseconds(0)));
  if (now + wait > start_ + policy_.total_time) return std::nullopt;
  ++retries_;
  return wait;
}

}  // namespace guildscope::retry
