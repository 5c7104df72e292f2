#pragma once

#include <map>
#include <utility>

#include "apps/disruptor/scheduler/worker_pool.hpp"

namespace disruptor {

/// For tests: runs what is due when it is told to, in the order of the times.
///
/// Threads: one. Lifetime: tasks that never ran are destroyed with it.
class ManualExecutor final : public Executor {
 public:
  bool RunAt(TimePoint at, Task task) override {
    if (full) return false;
    tasks.emplace(at, std::move(task));
    return true;
  }
  void RunUntil(TimePoint now) {
    while (!tasks.empty() && tasks.begin()->first <= now) {
      const Task task = std::move(tasks.extract(tasks.begin()).mapped());
      task();
    }
  }
  bool full = false;
  std::multimap<TimePoint, Task> tasks;
};

}  // namespace disruptor
