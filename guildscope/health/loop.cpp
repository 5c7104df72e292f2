#include "guildscope/health/loop.hpp"

#include <utility>

namespace guildscope::health {
namespace {

std::int64_t Nanoseconds(std::chrono::steady_clock::time_point time) noexcept {
  return std::chrono::nanoseconds(time.time_since_epoch()).count();
}

}  // namespace

const char* ToString(LoopStatus status) noexcept {
  switch (status) {
    case LoopStatus::kOk:
      return "ok";
    case LoopStatus::kStalled:
      return "stalled";
    case LoopStatus::kStopped:
      return "stopped";
  }
  return "ok";
}

Loop::Record::Record(std::string name_in, std::chrono::nanoseconds window_in, const Clock& clock_in)
    : name(std::move(name_in)), window(window_in), clock(clock_in), last_success(Nanoseconds(clock.SteadyNow())) {}

LoopState Loop::Record::State(std::chrono::steady_clock::time_point now) const {
  LoopState state{.name = name};
  state.failures = failures.load(std::memory_order_relaxed);
  // `waiting` first: it is cleared after last_success was moved on, so a wait that just ended never looks like a stall.
  if (!waiting.load(std::memory_order_acquire)) {
    const std::int64_t since = Nanoseconds(now) - last_success.load(std::memory_order_relaxed);
    state.since_success = std::chrono::nanoseconds(since > 0 ? since : 0);
  }
  if (stopped.load(std::memory_order_relaxed)) {
    state.status = LoopStatus::kStopped;
  } else if (state.since_success > window) {
    state.status = LoopStatus::kStalled;
  }
  return state;
}

Loop::Waiting::Waiting(Record* record) noexcept : record_(record) {
  if (!record_) return;
  start_ = Nanoseconds(record_->clock.SteadyNow());
  record_->waiting.store(true, std::memory_order_release);
}

Loop::Waiting::~Waiting() {
  if (!record_) return;
  const std::int64_t waited = Nanoseconds(record_->clock.SteadyNow()) - start_;
  record_->last_success.fetch_add(waited, std::memory_order_relaxed);
  record_->waiting.store(false, std::memory_order_release);
}

Loop& Loop::operator=(Loop&& other) noexcept {
  std::swap(record_, other.record_);
  return *this;
}

Loop::~Loop() {
  if (record_) record_->gone.store(true, std::memory_order_relaxed);
}

void Loop::Beat() noexcept {
  if (!record_) return;
  record_->last_success.store(Nanoseconds(record_->clock.SteadyNow()), std::memory_order_relaxed);
  record_->failures.store(0, std::memory_order_relaxed);
}

void Loop::Fail() noexcept {
  if (record_) record_->failures.fetch_add(1, std::memory_order_relaxed);
}

void Loop::Stop() noexcept {
  if (record_) record_->stopped.store(true, std::memory_order_relaxed);
}

}  // namespace guildscope::health
