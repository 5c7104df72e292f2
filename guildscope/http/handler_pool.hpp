#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace guildscope::http {

/// A few threads and a bounded queue in front of them: what handlers run on, so that none holds up the sockets.
///
/// Threads: any. Internal to the server.
class HandlerPool {
 public:
  using Job = std::function<void()>;  // must not throw

  HandlerPool(std::size_t threads, std::size_t max_queued);
  ~HandlerPool();

  /// False when the queue is full or the pool was stopped: the job was not taken.
  [[nodiscard]] bool Submit(Job job);

  /// Drops what is queued and waits until `deadline` for what runs. Returns how many threads had to be abandoned: they
  /// end by themselves when their job returns.
  std::size_t Stop(std::chrono::steady_clock::time_point deadline);

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable work;
    std::condition_variable changed;  // of what Stop waits for
    std::deque<Job> queue;            // guarded by mutex
    bool stopping = false;            // guarded by mutex
    std::size_t running = 0;          // threads that have not ended; guarded by mutex
    std::size_t busy = 0;             // threads that are in a job; guarded by mutex
  };
  static void Run(const std::shared_ptr<State>& state);

  const std::size_t max_queued_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();  // shared with threads that were abandoned
  std::vector<std::thread> threads_;
};

}  // namespace guildscope::http
