#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "apps/disruptor/random.hpp"
#include "apps/disruptor/snowflake.hpp"
#include "guildscope/base/clock.hpp"

namespace disruptor {

/// How often a guild is considered, and how likely it then is to be joined.
struct GuildPlan {
  std::chrono::seconds interval{0};
  int chance_percent = 0;
};

/// What one scheduler decided at one tick.
struct Tick {
  struct Join {
    Snowflake guild = 0;
    std::chrono::steady_clock::time_point at;  ///< The tick, and the guild's jitter.
  };
  std::chrono::seconds interval{0};
  std::size_t considered = 0;  ///< Guilds that have this interval.
  std::vector<Join> joins;     ///< Those whose roll passed their chance, by time.
};

/// One scheduler for each distinct interval that some guild has: they come and go as guilds come, go and choose.
///
/// A scheduler's first tick is one interval after it came. A guild that takes an interval that others have follows
/// their tick. A tick that was missed (the machine slept) is made up for once, not as often as it was missed.
///
/// Threads: any. Lifetime: the clock and the random source must outlive it.
class SchedulerManager {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  SchedulerManager(const guildscope::Clock& clock, Random& random, std::chrono::milliseconds jitter);

  /// Adds the guild, or changes its plan. An interval must be positive.
  void Set(Snowflake guild, GuildPlan plan);
  void Remove(Snowflake guild);

  /// The ticks that are due now, the rolls done.
  [[nodiscard]] std::vector<Tick> TakeDue();

  /// When the next tick is; nothing when there are no schedulers.
  [[nodiscard]] std::optional<TimePoint> NextWake() const;
  [[nodiscard]] std::optional<TimePoint> NextTick(Snowflake guild) const;

  [[nodiscard]] std::size_t schedulers() const;
  [[nodiscard]] std::vector<Snowflake> guilds() const;

 private:
  struct Scheduler {
    TimePoint next;
    std::set<Snowflake> guilds;
  };

  void RemoveLocked(Snowflake guild);
  Tick Decide(std::chrono::seconds interval, const Scheduler& scheduler);

  const guildscope::Clock& clock_;
  Random& random_;
  const std::chrono::milliseconds jitter_;
  mutable std::mutex mutex_;
  std::map<std::chrono::seconds, Scheduler> schedulers_;  // guarded by mutex_
  std::unordered_map<Snowflake, GuildPlan> plans_;        // guarded by mutex_
};

}  // namespace disruptor
