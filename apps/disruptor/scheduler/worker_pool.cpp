#include "apps/disruptor/scheduler/worker_pool.hpp"

#include <exception>
#include <iterator>
#include <utility>

namespace disruptor {

WorkerPool::WorkerPool(std::size_t threads, std::size_t capacity, std::function<void(std::string_view what)> on_error)
    : capacity_(capacity), on_error_(std::move(on_error)) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::RunAt(TimePoint at, Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_ || queue_.size() >= capacity_) return false;
    queue_.emplace(Place(at, next_number_++), std::move(task));
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::Stop() {
  decltype(queue_) dropped;  // Destroyed without the lock: a task may hold the last reference to anything.
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    dropped.swap(queue_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::size_t WorkerPool::due() const {
  const std::lock_guard lock(mutex_);
  const auto later = queue_.lower_bound(Place(std::chrono::steady_clock::now(), 0));
  return static_cast<std::size_t>(std::distance(queue_.begin(), later));
}

void WorkerPool::Work() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (queue_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const TimePoint at = queue_.begin()->first.first;
    if (at > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, at);
      continue;
    }
    Task task = std::move(queue_.extract(queue_.begin()).mapped());
    // One of the others must watch the next entry while this thread works.
    if (!queue_.empty()) changed_.notify_one();
    lock.unlock();
    try {
      task();
    } catch (const std::exception& error) {
      on_error_(error.what());
    } catch (...) {
      on_error_("unknown");
    }
    task = nullptr;
    lock.lock();
  }
}

}  // namespace disruptor
