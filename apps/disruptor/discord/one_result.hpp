#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <utility>

#include "guildscope/tracing/context.hpp"

namespace disruptor {

/// Adds one to a number while it lives.
class Counted {
 public:
  explicit Counted(std::atomic<int>& count) noexcept : count_(&count) { ++*count_; }
  Counted(Counted&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
  Counted& operator=(Counted&&) = delete;
  ~Counted() {
    if (count_ != nullptr) --*count_;
  }

 private:
  std::atomic<int>* count_;
};

/// Gives a coroutine its result once, in its trace context; also when the executor does not take the work, or drops it.
class OneResult {
 public:
  explicit OneResult(std::function<void(std::string)> done)
      : done_(std::move(done)), context_(guildscope::tracing::Context::Current()) {}
  OneResult(const OneResult&) = delete;
  OneResult& operator=(const OneResult&) = delete;
  ~OneResult() {
    if (done_) Give("I cannot do that right now. Try again in a moment.");
  }

  void Give(std::string text) {
    const guildscope::tracing::ContextScope scope(context_);
    std::exchange(done_, nullptr)(std::move(text));
  }
  [[nodiscard]] const guildscope::tracing::Context& context() const noexcept { return context_; }

 private:
  std::function<void(std::string)> done_;
  const guildscope::tracing::Context context_;
};

}  // namespace disruptor
