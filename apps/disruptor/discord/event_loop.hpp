#pragma once

#include <dpp/cluster.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace disruptor {

/// The event loop has ended, or does not get to our work.
class EventLoopUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Runs functions on the thread of D++'s event loop. D++ changes its caches and its shards on that thread alone and
/// without a lock, so that is the one place where they can be read.
///
/// Cost: a system call and a wake-up of the loop.
/// Threads: any; Call from the loop's own thread runs at once.
/// Lifetime: make it before the cluster starts; nothing is run after cluster::shutdown.
class EventLoop {
 public:
  explicit EventLoop(dpp::cluster& bot);
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  /// Runs `work` soon, in the trace context of the caller. False when the loop is closed. It must not block or throw.
  bool Post(std::function<void()> work);

  /// Runs `work` on the loop and waits for its result; passes its exception on.
  /// Throws EventLoopUnavailable when the loop is closed, or does not get to it in time.
  template <typename Work>
  auto Call(Work&& work) -> std::invoke_result_t<Work> {
    using Returned = std::invoke_result_t<Work>;
    if (std::this_thread::get_id() == thread_.load()) return work();
    // Shared with the posted function, which may run after this caller has given up.
    auto task = std::make_shared<std::packaged_task<Returned()>>(std::forward<Work>(work));
    auto result = task->get_future();
    if (!Post([task] { (*task)(); })) throw EventLoopUnavailable("the connection to Discord is being closed");
    task.reset();
    if (result.wait_for(kCallLimit) != std::future_status::ready) {
      throw EventLoopUnavailable("D++'s event loop has not answered in time");
    }
    return Get(result);
  }

  /// Drops what waits, and refuses more. Idempotent.
  void Close();

 private:
  static constexpr std::chrono::seconds kCallLimit{5};

  template <typename Value>
  static Value Get(std::future<Value>& result) {
    try {
      return result.get();
    } catch (const std::future_error&) {
      throw EventLoopUnavailable("the connection to Discord is being closed");
    }
  }

  void RunPosted();

  const int wake_up_;
  std::atomic<std::thread::id> thread_{};
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  // guarded by mutex_
  bool closed_ = false;                        // guarded by mutex_
};

}  // namespace disruptor
