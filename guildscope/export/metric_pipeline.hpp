#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "guildscope/export/account.hpp"
#include "guildscope/export/batch_pipeline.hpp"
#include "guildscope/export/delivery.hpp"
#include "guildscope/export/signal.hpp"

namespace guildscope::exporting {

/// One thread that collects the metrics each interval, and once more at the end, and sends them. A collection may be
/// several requests, which share the time of one export. One that cannot be sent is counted, point by point; what its
/// points said is in the next ones all the same (see MetricSource).
///
/// Threads: any. Lifetime: what `collect` uses must outlive FinishShutdown.
class MetricPipeline {
 public:
  struct Parts {
    const char* thread_name = "gs-metrics";
    std::chrono::milliseconds interval{60'000};
    std::function<std::vector<Request>()> collect;  ///< Called on the pipeline's thread. Items are points.
    /// May be empty. Called on the pipeline's thread with the index of each request of the last collection.
    std::function<void(std::size_t request, bool delivered)> settle;
    std::shared_ptr<Delivery> delivery;
    std::shared_ptr<Account> account;
    OnVerdict on_verdict;  ///< May be empty. Must own what it uses.
    /// May be empty. `error_type` is the exception that `collect` threw, or empty.
    std::function<void(std::chrono::nanoseconds took, std::string_view error_type)> on_collect;
  };

  explicit MetricPipeline(Parts parts);
  /// Shuts down within a second.
  ~MetricPipeline();
  MetricPipeline(const MetricPipeline&) = delete;
  MetricPipeline& operator=(const MetricPipeline&) = delete;

  /// Collects and sends now. False when it was not delivered within the limit.
  bool Flush(std::chrono::milliseconds limit) noexcept;

  /// As BatchPipeline's; a collection that runs is waited for.
  void BeginShutdown(std::chrono::steady_clock::time_point deadline) noexcept;
  bool FinishShutdown(std::chrono::milliseconds grace) noexcept;
  bool Shutdown(std::chrono::milliseconds limit) noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::mutex shutdown_mutex_;
  bool shut_down_whole_ = true;  // guarded by shutdown_mutex_
  std::thread worker_;           // guarded by shutdown_mutex_
};

}  // namespace guildscope::exporting
