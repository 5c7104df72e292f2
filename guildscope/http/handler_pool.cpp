#include "guildscope/http/handler_pool.hpp"

#include <utility>

#include "guildscope/base/thread.hpp"

namespace guildscope::http {

HandlerPool::HandlerPool(std::size_t threads, std::size_t max_queued) : max_queued_(max_queued) {
  threads_.reserve(threads);
  try {
    while (threads_.size() < threads) {
      threads_.push_back(StartThread("gs-http-handler", [state = state_] { Run(state); }));
      const std::lock_guard lock(state_->mutex);
      ++state_->running;
    }
  } catch (...) {
    Stop(std::chrono::steady_clock::time_point::max());
    throw;
  }
}

HandlerPool::~HandlerPool() { Stop(std::chrono::steady_clock::now()); }

bool HandlerPool::Submit(Job job) {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->stopping || state_->queue.size() >= max_queued_) return false;
    state_->queue.push_back(std::move(job));
  }
  state_->work.notify_one();
  return true;
}

std::size_t HandlerPool::Stop(std::chrono::steady_clock::time_point deadline) {
  std::deque<Job> dropped;
  std::size_t abandoned = 0;
  {
    std::unique_lock lock(state_->mutex);
    state_->stopping = true;
    dropped.swap(state_->queue);
    state_->work.notify_all();
    state_->changed.wait_until(lock, deadline, [&] { return state_->busy == 0; });
    state_->changed.wait(lock, [&] { return state_->running == state_->busy; });
    abandoned = threads_.empty() ? 0 : state_->busy;
  }
  for (auto& thread : threads_) {
    if (abandoned > 0) {
      thread.detach();
    } else {
      thread.join();
    }
  }
  threads_.clear();
  return abandoned;
}

void HandlerPool::Run(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (true) {
    state->work.wait(lock, [&] { return state->stopping || !state->queue.empty(); });
    if (state->stopping) break;
    {
      const Job job = std::move(state->queue.front());
      state->queue.pop_front();
      ++state->busy;
      lock.unlock();
      job();
    }
    lock.lock();
    --state->busy;
    state->changed.notify_all();
  }
  --state->running;
  state->changed.notify_all();
}

}  // namespace guildscope::http
