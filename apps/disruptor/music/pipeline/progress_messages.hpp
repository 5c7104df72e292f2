#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "apps/disruptor/music/pipeline/pipeline_options.hpp"
#include "apps/disruptor/snowflake.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/tracing/span_context.hpp"

namespace disruptor::music {

/// Posts and edits messages. The retries for what may go right the next time are its own.
class MessageSender {
 public:
  enum class Outcome {
    kSent,
    kGone,    ///< The message, or its channel, is not there any more, or the bot may not write there.
    kFailed,  ///< Also after retries.
  };
  using Done = std::function<void(Outcome outcome, Snowflake message)>;

  virtual ~MessageSender() = default;

  /// `message` 0: posts a new one; else edits that one. Nobody is pinged. Never blocks; `done` is called once, on some
  /// thread.
  virtual void Send(Snowflake channel, Snowflake message, const std::string& text, Done done) = 0;
};

/// One message a bundle, edited in place: which is to be sent, and when. Changes that come faster than the interval
/// become one edit; the last state always goes out.
///
/// Cost: a lock a call; TakeDue looks at every message that is not finished. Threads: any. Lifetime: the clock must
/// outlive it.
class ProgressMessages {
 public:
  struct Due {
    std::string bundle;
    Snowflake channel = 0;
    Snowflake message = 0;  ///< 0: none is posted yet.
    std::string text;
    guildscope::tracing::SpanContext asked;
  };

  explicit ProgressMessages(ProgressOptions options = {}, const guildscope::Clock& clock = guildscope::RealClock());

  struct Update {
    std::string bundle;
    Snowflake channel = 0;
    guildscope::tracing::SpanContext asked;
    std::string text;
    bool settled = false;   ///< What is to be told is known: the first message need not wait.
    bool finished = false;  ///< It is the last state.
    Snowflake message = 0;  ///< Posted by an earlier process.
  };

  /// Says what the message is to say from now on. True when it says something else than before.
  bool Set(Update update);

  /// What is to be sent now; each of them is under way until Sent is told.
  [[nodiscard]] std::vector<Due> TakeDue();

  /// What became of it. Returns whether the message is a new one, whose id is worth keeping.
  bool Sent(const std::string& bundle, MessageSender::Outcome outcome, Snowflake message);

  /// Says nothing more about it.
  void Forget(const std::string& bundle);

  /// Messages that still have something to say.
  [[nodiscard]] std::size_t unsent() const;

 private:
  struct State {
    Update wanted;
    std::string sending;  // while under way
    std::string said;
    std::chrono::steady_clock::time_point due;
    Snowflake message = 0;
    int failures = 0;
    bool under_way = false;
    bool given_up = false;
  };

  [[nodiscard]] static bool HasNews(const State& state) noexcept;
  void DropWhenFinished(std::map<std::string, State>::iterator at);

  const ProgressOptions options_;
  const guildscope::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, State> states_;  // by bundle; guarded by mutex_
};

}  // namespace disruptor::music
