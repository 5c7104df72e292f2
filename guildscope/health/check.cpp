#include "guildscope/health/check.hpp"

#include <utility>

#include "guildscope/base/thread.hpp"

namespace guildscope::health {

Check::State::State(std::string name_in, Function function_in, CheckOptions options_in, const Clock& clock_in)
    : name(std::move(name_in)), function(std::move(function_in)), options(options_in), clock(clock_in) {}

bool Check::State::Works() const {
  const std::lock_guard lock(mutex);
  return works && clock.SteadyNow() - answered_at <= options.interval + options.timeout;
}

void Check::State::Run() {
  std::unique_lock lock(mutex);
  while (!stopping) {
    lock.unlock();
    bool answer = false;
    try {
      answer = function();
    } catch (...) {
      answer = false;
    }
    lock.lock();
    if (stopping) break;  // possibly left behind: the clock may be gone
    works = answer;
    answered_at = clock.SteadyNow();
    changed.wait_for(lock, options.interval, [&] { return stopping; });
  }
  ended = true;
  changed.notify_all();
}

Check::Check(std::shared_ptr<State> state)
    : state_(std::move(state)), thread_(StartThread("gs-check", [shared = state_] { shared->Run(); })) {}

Check& Check::operator=(Check&& other) noexcept {
  std::swap(state_, other.state_);
  std::swap(thread_, other.thread_);
  return *this;
}

Check::~Check() {
  if (!state_) return;
  state_->gone = true;
  std::unique_lock lock(state_->mutex);
  state_->stopping = true;
  state_->changed.notify_all();
  const bool ended = state_->changed.wait_for(lock, state_->options.timeout, [&] { return state_->ended; });
  lock.unlock();
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

}  // namespace guildscope::health
