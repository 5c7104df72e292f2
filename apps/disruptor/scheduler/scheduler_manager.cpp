#include "apps/disruptor/scheduler/scheduler_manager.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace disruptor {

SchedulerManager::SchedulerManager(const guildscope::Clock& clock, Random& random, std::chrono::milliseconds jitter)
    : clock_(clock), random_(random), jitter_(jitter) {}

void SchedulerManager::Set(Snowflake guild, GuildPlan plan) {
  if (plan.interval <= std::chrono::seconds(0)) {
    throw std::invalid_argument("an interval of " + std::to_string(plan.interval.count()) +
                                " s; accepted: 1 s and more");
  }
  const std::lock_guard lock(mutex_);
  const auto known = plans_.find(guild);
  if (known != plans_.end() && known->second.interval == plan.interval) {
    known->second = plan;  // Its place in the rhythm stays.
    return;
  }
  RemoveLocked(guild);
  const auto [scheduler, is_new] = schedulers_.try_emplace(plan.interval);
  if (is_new) scheduler->second.next = clock_.SteadyNow() + plan.interval;
  scheduler->second.guilds.insert(guild);
  plans_[guild] = plan;
}

void SchedulerManager::Remove(Snowflake guild) {
  const std::lock_guard lock(mutex_);
  RemoveLocked(guild);
}

void SchedulerManager::RemoveLocked(Snowflake guild) {
  const auto plan = plans_.find(guild);
  if (plan == plans_.end()) return;
  const auto scheduler = schedulers_.find(plan->second.interval);
  scheduler->second.guilds.erase(guild);
  if (scheduler->second.guilds.empty()) schedulers_.erase(scheduler);
  plans_.erase(plan);
}

std::vector<Tick> SchedulerManager::TakeDue() {
  std::vector<Tick> ticks;
  const TimePoint now = clock_.SteadyNow();
  const std::lock_guard lock(mutex_);
  for (auto& [interval, scheduler] : schedulers_) {
    if (scheduler.next > now) continue;
    ticks.push_back(Decide(interval, scheduler));
    scheduler.next += interval;
    if (scheduler.next <= now) scheduler.next = now + interval;
  }
  return ticks;
}

Tick SchedulerManager::Decide(std::chrono::seconds interval, const Scheduler& scheduler) {
  Tick tick{.interval = interval, .considered = scheduler.guilds.size(), .joins = {}};
  for (const Snowflake guild : scheduler.guilds) {
    const double roll = random_.Next() * 100;
    if (roll >= plans_.at(guild).chance_percent) continue;
    const auto delay = std::chrono::duration_cast<std::chrono::nanoseconds>(jitter_ * random_.Next());
    tick.joins.push_back({guild, scheduler.next + delay});
  }
  std::sort(tick.joins.begin(), tick.joins.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return tick;
}

std::optional<SchedulerManager::TimePoint> SchedulerManager::NextWake() const {
  const std::lock_guard lock(mutex_);
  std::optional<TimePoint> next;
  for (const auto& [interval, scheduler] : schedulers_) {
    if (!next || scheduler.next < *next) next = scheduler.next;
  }
  return next;
}

std::optional<SchedulerManager::TimePoint> SchedulerManager::NextTick(Snowflake guild) const {
  const std::lock_guard lock(mutex_);
  const auto plan = plans_.find(guild);
  if (plan == plans_.end()) return std::nullopt;
  return schedulers_.at(plan->second.interval).next;
}

std::size_t SchedulerManager::schedulers() const {
  const std::lock_guard lock(mutex_);
  return schedulers_.size();
}

std::vector<Snowflake> SchedulerManager::guilds() const {
  const std::lock_guard lock(mutex_);
  std::vector<Snowflake> guilds;
  guilds.reserve(plans_.size());
  for (const auto& [guild, plan] : plans_) guilds.push_back(guild);
  return guilds;
}

}  // namespace disruptor
