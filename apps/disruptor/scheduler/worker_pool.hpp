#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace disruptor {

/// Runs tasks, now or at a time, somewhere else. Replaced in tests by one that runs them when told to.
class Executor {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Task = std::function<void()>;

  virtual ~Executor() = default;

  /// False when the task was refused, because too many wait or the executor is stopped. It was destroyed then.
  virtual bool RunAt(TimePoint at, Task task) = 0;
};

/// A fixed number of threads, and a bounded queue by time.
///
/// Threads: any. Lifetime: the destructor stops it. A task that throws is reported and harms no other.
class WorkerPool final : public Executor {
 public:
  WorkerPool(std::size_t threads, std::size_t capacity, std::function<void(std::string_view what)> on_error);
  ~WorkerPool() override;

  bool RunAt(TimePoint at, Task task) override;

  /// Drops what waits, and returns when what runs has ended. Idempotent.
  void Stop();

  [[nodiscard]] std::size_t waiting() const;
  /// Those of them whose time has come, and that no thread was free for.
  [[nodiscard]] std::size_t due() const;

 private:
  /// When, and a number that keeps tasks of one time in order.
  using Place = std::pair<TimePoint, std::uint64_t>;

  void Work();

  const std::size_t capacity_;
  const std::function<void(std::string_view what)> on_error_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Place, Task> queue_;    // guarded by mutex_
  std::uint64_t next_number_ = 0;  // guarded by mutex_
  bool stopped_ = false;           // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace disruptor
