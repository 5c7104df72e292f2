#pragma once

#include <dpp/queues.h>

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "guildscope/instrumentation/dpp/sinks.hpp"

namespace guildscope::dpp {

/// Spans and metrics of the requests that one cluster makes: to Discord, and (`cluster::request`) to anyone else.
///
/// Cost: about 1 us a request. Threads: any; the requests are spread over several locks.
/// Lifetime: the sinks must outlive it, up to Close().
class RestRecorder {
 public:
  explicit RestRecorder(const Sinks& sinks);

  /// A request was given to D++'s queue: its span starts, a child of what is current on this thread. Requests that do
  /// not go to Discord get a `traceparent` header.
  void Posted(::dpp::http_request& request);

  /// D++ took it out of the queue.
  void Sent(const ::dpp::http_request& request);

  /// It was answered, or failed. Returns the context in which it was posted; nothing for a request that is not known.
  std::optional<tracing::Context> Completed(const ::dpp::http_request& request,
                                            const ::dpp::http_request_completion_t& completion);

  /// Forgets the requests under way (their spans end without a result) and stops observing.
  void Close();

 private:
  struct Pending {
    tracing::Context caller{};
    tracing::Span span{};
    std::string route{};  ///< The template; empty when the request does not go to Discord.
    bool sent = false;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<const ::dpp::http_request*, Pending> requests;  // guarded by mutex
  };

  Shard& ShardOf(const ::dpp::http_request& request) noexcept;
  std::optional<Pending> Take(const ::dpp::http_request& request);
  void CountDiscordRequest(const Pending& pending, std::string_view method,
                           const ::dpp::http_request_completion_t& completion);

  const Sinks sinks_;
  metrics::CounterFamily<3> requests_;
  metrics::HistogramFamily<2> duration_;
  metrics::CounterFamily<2> rate_limited_;
  std::array<Shard, 16> pending_;
  std::atomic<std::int64_t> waiting_{0};  ///< Requests to Discord that were posted and not sent yet.
  metrics::Subscription queue_depth_;
};

}  // namespace guildscope::dpp
