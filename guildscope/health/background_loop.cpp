#include "guildscope/health/background_loop.hpp"

#include <exception>
#include <utility>

#include "guildscope/base/thread.hpp"

namespace guildscope::health {

BackgroundLoop::BackgroundLoop(Health& health, const std::string& name, Iterate iterate, BackgroundLoopOptions options)
    : iterate_(std::move(iterate)),
      options_(std::move(options)),
      loop_(health.RegisterLoop(name, options_.health)),
      backoff_(options_.backoff),
      // The kernel keeps 15 characters of a thread's name.
      thread_(
          StartThread<std::jthread>(name.substr(0, 15).c_str(), [this](const std::stop_token& stop) { Run(stop); })) {}

BackgroundLoop::~BackgroundLoop() { thread_.request_stop(); }

void BackgroundLoop::Wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

bool BackgroundLoop::Stop(std::chrono::milliseconds limit) {
  thread_.request_stop();
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [&] { return ended_; });
}

void BackgroundLoop::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!RunOnce(stop)) BackOff(stop);
  }
  loop_.Stop();
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

/// False when the iteration failed.
bool BackgroundLoop::RunOnce(const std::stop_token& stop) {
  try {
    const Iteration found = iterate_(stop);
    loop_.Beat();
    backoff_.Reset();
    if (found == Iteration::kIdle) AwaitWork(stop);
    return true;
  } catch (const std::exception& error) {
    loop_.Fail();
    if (options_.on_error) options_.on_error(error.what());
  } catch (...) {
    loop_.Fail();
    if (options_.on_error) options_.on_error("an exception that is no std::exception");
  }
  return false;
}

void BackgroundLoop::AwaitWork(const std::stop_token& stop) {
  const auto waiting = loop_.Wait();
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, options_.interval, [&] { return woken_; });
  woken_ = false;
}

void BackgroundLoop::BackOff(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, stop, backoff_.Next(), [] { return false; });
}

}  // namespace guildscope::health
