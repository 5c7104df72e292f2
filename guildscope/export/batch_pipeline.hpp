#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/account.hpp"
#include "guildscope/export/delivery.hpp"
#include "guildscope/export/item.hpp"

namespace guildscope::exporting {

/// Told of every request's end, on the pipeline's thread: the verdict, how many items, how long it took.
using OnVerdict = std::function<void(const Verdict&, std::size_t items, std::chrono::nanoseconds took)>;

/// A bounded queue of items and the one thread that sends them in batches. Whatever happens to an item is counted.
///
/// Cost: Push is a handful of atomic operations; it never waits, and drops (and counts) when the queue is full.
/// Threads: any. Lifetime: Push and Flush may be called after Shutdown; the item is then lost and counted.
class BatchPipeline {
 public:
  struct Parts {
    const char* thread_name = "gs-export";  ///< At most 15 characters.
    config::BatchOptions batch;
    std::unique_ptr<Encoder> encoder;
    std::shared_ptr<Delivery> delivery;
    std::shared_ptr<Account> account;
    OnVerdict on_verdict;  ///< May be empty. Must own what it uses: a thread that was left alone may still call it.
  };

  explicit BatchPipeline(Parts parts);
  /// Shuts down within a second.
  ~BatchPipeline();
  BatchPipeline(const BatchPipeline&) = delete;
  BatchPipeline& operator=(const BatchPipeline&) = delete;

  /// False when the item was dropped. One that finds `limit` items in the queue is dropped before the queue is full.
  bool Push(std::unique_ptr<Item> item, std::size_t limit = SIZE_MAX) noexcept;

  /// Sends what was pushed before the call. False when it was not all delivered within the limit.
  bool Flush(std::chrono::milliseconds limit) noexcept;

  /// Takes nothing new from now on, sends what there is until the deadline. Does not wait.
  void BeginShutdown(std::chrono::steady_clock::time_point deadline) noexcept;

  /// Waits for the end that BeginShutdown asked for, until its deadline, then cancels the transport and gives it
  /// `grace` to notice: a thread that does not end by then is left alone with what it needs, and what it held counts as
  /// lost. Idempotent. False when something was lost since BeginShutdown.
  bool FinishShutdown(std::chrono::milliseconds grace) noexcept;

  /// Both, within the limit.
  bool Shutdown(std::chrono::milliseconds limit) noexcept;

  [[nodiscard]] std::size_t queue_size() const noexcept;
  [[nodiscard]] std::size_t queue_capacity() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::mutex shutdown_mutex_;
  std::uint64_t lost_before_ = 0;  // guarded by shutdown_mutex_
  bool shut_down_whole_ = true;    // guarded by shutdown_mutex_
  std::thread worker_;             // guarded by shutdown_mutex_
};

}  // namespace guildscope::exporting
