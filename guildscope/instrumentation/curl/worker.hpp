#pragma once

#include <curl/curl.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "guildscope/instrumentation/curl/call.hpp"

namespace guildscope::curl {

/// The thread that drives every call of a client: one multi handle of libcurl.
///
/// Threads: any. Lifetime: the options and what the calls work with must outlive it.
class Worker {
 public:
  /// A call, and whether its user has cancelled it.
  struct Entry {
    std::shared_ptr<Call> call;
    std::shared_ptr<const std::atomic<bool>> cancelled;
  };

  /// Throws std::runtime_error when libcurl cannot be started, std::system_error when there is no thread.
  Worker(const HttpClientOptions& options, const Clock& clock);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// kNone when the call was taken. kQueueFull, kClosed: it is still the caller's, to be ended.
  [[nodiscard]] HttpError Add(const Entry& entry);
  /// Looks for calls that were cancelled.
  void Wake() noexcept;
  /// Ends what is there with HttpError::kClosed, and the thread. Idempotent. Not on the thread itself.
  void Stop();

  [[nodiscard]] std::size_t requests() const;
  [[nodiscard]] bool IsThisThread() const noexcept { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  struct MultiDeleter {
    void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
  };

  void Run();
  void TakeNew();
  void EndCancelled();
  void HandleDue();
  void ReadDone();
  /// Takes the step with the call out of libcurl, and does what it asks for.
  void Advance(const Entry& entry, const std::function<Call::Next(Call&)>& step);
  void Forget(const Entry& entry);
  [[nodiscard]] int PollTimeout() const;

  const HttpClientOptions& options_;
  const Clock& clock_;
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  std::unordered_map<const Call*, Entry> calls_;  // the thread's alone

  std::atomic<bool> cancelled_{false};
  mutable std::mutex mutex_;
  bool stopping_ = false;                        // guarded by mutex_
  std::vector<Entry> new_;                       // guarded by mutex_
  std::size_t count_ = 0;                        // guarded by mutex_
  std::map<std::string, std::size_t> of_place_;  // guarded by mutex_

  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace guildscope::curl
