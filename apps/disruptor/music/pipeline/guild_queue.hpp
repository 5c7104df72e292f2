#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "apps/disruptor/music/pipeline/pipeline_options.hpp"
#include "apps/disruptor/snowflake.hpp"
#include "guildscope/base/clock.hpp"

namespace disruptor::music {

/// A bounded queue between two stages that is fair: guilds take turns, so that one guild's playlist of 500 does not
/// hold back another's single track. What is taken can still be cancelled while it is being worked on.
///
/// Cost: a lock a call; Take and Push grow with the logarithm of the guilds that have something waiting. Threads: any.
/// Lifetime: what was taken may outlive it; the clock must outlive it.
template <typename Item>
class GuildQueue {
 public:
  /// What was taken out, for as long as it is worked on.
  class Work {
   public:
    Work(Snowflake guild, Item item, std::chrono::nanoseconds waited, const std::stop_token& ending)
        : item_(std::move(item)), guild_(guild), waited_(waited), link_(ending, Stop{&source_}) {}
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    [[nodiscard]] Item& item() noexcept { return item_; }
    [[nodiscard]] std::chrono::milliseconds waited() const noexcept {
      return std::chrono::duration_cast<std::chrono::milliseconds>(waited_);
    }
    /// Requested when the guild was cancelled, or the taker ends.
    [[nodiscard]] std::stop_token stop() const noexcept { return source_.get_token(); }

   private:
    friend class GuildQueue;
    struct Stop {
      std::stop_source* source;
      void operator()() const noexcept { source->request_stop(); }
    };

    Item item_;
    const Snowflake guild_;
    const std::chrono::nanoseconds waited_;
    std::stop_source source_;
    const std::stop_callback<Stop> link_;
  };

  explicit GuildQueue(QueueLimits limits = {}, const guildscope::Clock& clock = guildscope::RealClock())
      : limits_(limits), clock_(clock) {}

  /// False when it, or the guild's part of it, is full: the item was not taken.
  [[nodiscard]] bool Push(Snowflake guild, Item item) {
    const std::lock_guard lock(mutex_);
    if (depth_ >= limits_.total) return false;
    auto& waiting = guilds_[guild];
    if (waiting.size() >= limits_.per_guild) return false;
    if (waiting.empty()) turns_.push_back(guild);
    waiting.push_back({std::move(item), clock_.SteadyNow()});
    ++depth_;
    return true;
  }

  /// The next guild's oldest; null when nothing waits. `ending`: of whoever takes it.
  [[nodiscard]] std::shared_ptr<Work> Take(const std::stop_token& ending) {
    const std::lock_guard lock(mutex_);
    if (turns_.empty()) return nullptr;
    const Snowflake guild = turns_.front();
    turns_.pop_front();
    const auto found = guilds_.find(guild);
    Waiting waiting = std::move(found->second.front());
    found->second.pop_front();
    --depth_;
    if (found->second.empty()) {
      guilds_.erase(found);
    } else {
      turns_.push_back(guild);
    }
    auto work = std::make_shared<Work>(guild, std::move(waiting.item), clock_.SteadyNow() - waiting.since, ending);
    std::erase_if(running_, [](const std::weak_ptr<Work>& running) { return running.expired(); });
    running_.push_back(work);
    return work;
  }

  /// Drops what waits of this guild, and asks those who work on something of it to stop. Returns how much was dropped.
  std::size_t Cancel(Snowflake guild) {
    std::deque<Waiting> dropped;
    std::vector<std::shared_ptr<Work>> running;
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = guilds_.find(guild); found != guilds_.end()) {
        dropped = std::move(found->second);
        guilds_.erase(found);
        std::erase(turns_, guild);
        depth_ -= dropped.size();
      }
      for (const auto& weak : running_) {
        auto work = weak.lock();
        if (work && work->guild_ == guild) running.push_back(std::move(work));
      }
    }
    for (const auto& work : running) work->source_.request_stop();
    return dropped.size();
  }

  /// Items that wait.
  [[nodiscard]] std::size_t depth() const {
    const std::lock_guard lock(mutex_);
    return depth_;
  }

 private:
  struct Waiting {
    Item item;
    std::chrono::steady_clock::time_point since;
  };

  const QueueLimits limits_;
  const guildscope::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<Snowflake, std::deque<Waiting>> guilds_;  // those with something waiting; guarded by mutex_
  std::deque<Snowflake> turns_;                      // each of them once; guarded by mutex_
  std::vector<std::weak_ptr<Work>> running_;         // guarded by mutex_
  std::size_t depth_ = 0;                            // guarded by mutex_
};

}  // namespace disruptor::music
