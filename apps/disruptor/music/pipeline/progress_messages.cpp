#include "apps/disruptor/music/pipeline/progress_messages.hpp"

#include <algorithm>
#include <utility>

namespace disruptor::music {

ProgressMessages::ProgressMessages(ProgressOptions options, const guildscope::Clock& clock)
    : options_(options), clock_(clock) {}

bool ProgressMessages::HasNews(const State& state) noexcept {
  return !state.given_up && state.wanted.text != state.said;
}

bool ProgressMessages::Set(Update update) {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.SteadyNow();
  const auto [at, is_new] = states_.try_emplace(update.bundle);
  State& state = at->second;
  if (is_new) {
    state.message = update.message;
    state.due = now + options_.first;
  }
  // What was posted already keeps its interval.
  if ((update.settled || update.finished) && state.message == 0 && state.failures == 0) state.due = now;
  const bool changed = state.wanted.text != update.text;
  state.wanted = std::move(update);
  const bool news = HasNews(state);
  DropWhenFinished(at);
  return changed && news;
}

std::vector<ProgressMessages::Due> ProgressMessages::TakeDue() {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.SteadyNow();
  std::vector<Due> due;
  for (auto& [bundle, state] : states_) {
    if (state.under_way || !HasNews(state) || now < state.due) continue;
    state.under_way = true;
    state.sending = state.wanted.text;
    due.push_back({bundle, state.wanted.channel, state.message, state.sending, state.wanted.asked});
  }
  return due;
}

bool ProgressMessages::Sent(const std::string& bundle, MessageSender::Outcome outcome, Snowflake message) {
  const std::lock_guard lock(mutex_);
  const auto at = states_.find(bundle);
  if (at == states_.end()) return false;
  State& state = at->second;
  state.under_way = false;
  state.due = clock_.SteadyNow() + options_.interval;
  bool is_new = false;
  switch (outcome) {
    case MessageSender::Outcome::kSent:
      state.said = std::exchange(state.sending, {});
      state.failures = 0;
      is_new = state.message == 0 && message != 0;
      if (is_new) state.message = message;
      break;
    case MessageSender::Outcome::kFailed:
      state.given_up = ++state.failures >= options_.most_failures;
      break;
    case MessageSender::Outcome::kGone:
      state.given_up = true;
      break;
  }
  DropWhenFinished(at);
  return is_new;
}

void ProgressMessages::DropWhenFinished(std::map<std::string, State>::iterator at) {
  const State& state = at->second;
  if (state.wanted.finished && !state.under_way && !HasNews(state)) states_.erase(at);
}

void ProgressMessages::Forget(const std::string& bundle) {
  const std::lock_guard lock(mutex_);
  states_.erase(bundle);
}

std::size_t ProgressMessages::unsent() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(states_.begin(), states_.end(), [](const auto& entry) { return HasNews(entry.second); }));
}

}  // namespace disruptor::music
