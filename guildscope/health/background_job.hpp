#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "guildscope/health/background_loop.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace guildscope::health {

/// One iteration of a BackgroundJob, for the function that does it. Threads: the job's.
class JobRun {
 public:
  JobRun(const tracing::Tracer& tracer, const std::string& name, const std::stop_token& stop) noexcept
      : tracer_(tracer), name_(name), stop_(stop) {}
  JobRun(const JobRun&) = delete;
  JobRun& operator=(const JobRun&) = delete;

  /// There is something to do: from here to the end of the iteration the span `{job}` is the active one. `options` may
  /// add attributes, links to who asked for it, and a kind. When it is called again, it gives the same span.
  tracing::Span& Begin(tracing::SpanOptions options = {});

  [[nodiscard]] const std::stop_token& stop() const noexcept { return stop_; }

 private:
  const tracing::Tracer& tracer_;
  const std::string& name_;
  const std::stop_token& stop_;
  std::optional<tracing::ActiveSpan> active_;
};

/// A BackgroundLoop whose iterations can be seen in traces: a thread, a heartbeat, a back-off after errors (1 s,
/// doubling to 30 s, from the start after a success), and a span `{job}` (INTERNAL; `background_job` true, `job` its
/// name) for each iteration that had something to do. A look that finds nothing leaves no span; one that throws does,
/// an error.
///
///   health::BackgroundJob job(telemetry.health(), telemetry.tracer(), "cache_cleanup", [&](health::JobRun& run) {
///     const auto old = cache.FindOld();
///     if (old.empty()) return health::Iteration::kIdle;
///     run.Begin();
///     cache.Remove(old);
///     return health::Iteration::kWorked;
///   });
///
/// Cost: of an idle iteration, that of BackgroundLoop; else a span. Threads: Wake and Stop from any. Lifetime: health,
/// the tracer and what the functions capture must outlive it.
class BackgroundJob {
 public:
  using Iterate = std::function<Iteration(JobRun&)>;

  /// Starts right away. `on_error` of the options is called inside the span. Throws what BackgroundLoop throws.
  BackgroundJob(Health& health, const tracing::Tracer& tracer, std::string name, Iterate iterate,
                BackgroundLoopOptions options = {});

  void Wake() { loop_.Wake(); }
  bool Stop(std::chrono::milliseconds limit) { return loop_.Stop(limit); }

 private:
  Iteration Run(const std::stop_token& stop) const;
  void Report(JobRun& run, std::string_view what) const;

  const tracing::Tracer& tracer_;
  const std::string name_;
  const Iterate iterate_;
  const std::function<void(std::string_view)> on_error_;
  BackgroundLoop loop_;
};

}  // namespace guildscope::health
