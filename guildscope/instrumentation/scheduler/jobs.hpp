#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#include "guildscope/base/clock.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace guildscope::scheduler {

/// One run of a scheduled job, from its start to its end: the span `job {handler_type}` (INTERNAL), and, when it ends,
/// scheduler.job.duration and scheduler.jobs with the status `success` or `error`. scheduler.active_jobs counts it
/// meanwhile.
///
/// A job may begin on one thread and end on another, so it is not active by itself: `ContextScope(job.context())` makes
/// it so.
///
/// Cost: a span and four look-ups of a series. Threads: one at a time. Lifetime: must not outlive its Jobs.
class [[nodiscard]] ScopedJob {
 public:
  ScopedJob(ScopedJob&&) noexcept;
  ScopedJob& operator=(ScopedJob&&) = delete;
  /// Ends the job. An exception that unwinds the stack through it does not make it an error: see Jobs::Run, and Fail.
  ~ScopedJob();

  void SetGuilds(std::size_t considered, std::size_t joined);

  /// The job ends with the status `error`. `error_type` is a low-cardinality identifier.
  void Fail(std::string_view error_type, std::string_view description);
  void Fail(const std::exception_ptr& exception);

  [[nodiscard]] tracing::Span& span() noexcept;
  [[nodiscard]] tracing::Context context() const;

 private:
  friend class Jobs;
  struct Impl;
  explicit ScopedJob(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

/// Measures and traces scheduled jobs.
///
/// Threads: any. Lifetime: the registry, the tracer and the clock must outlive it.
class Jobs {
 public:
  Jobs(metrics::Registry& registry, const tracing::Tracer& tracer, const Clock& clock = RealClock());

  /// `handler_type` names the kind of job: a small closed set, for it is a label.
  [[nodiscard]] ScopedJob Start(std::string_view handler_type) const;

  /// Runs `work` (which may take a ScopedJob&) as a job that is active on this thread. An exception makes the job an
  /// error, is recorded on its span, and goes on.
  template <typename Work>
  auto Run(std::string_view handler_type, Work&& work) const {
    ScopedJob job = Start(handler_type);
    const tracing::ContextScope scope(job.context());
    try {
      if constexpr (std::is_invocable_v<Work, ScopedJob&>) {
        return std::invoke(std::forward<Work>(work), job);
      } else {
        return std::invoke(std::forward<Work>(work));
      }
    } catch (...) {
      job.Fail(std::current_exception());
      throw;
    }
  }

 private:
  friend class ScopedJob;
  metrics::HistogramFamily<2> duration_;
  metrics::CounterFamily<2> jobs_;
  metrics::GaugeFamily<1> active_;
  const tracing::Tracer& tracer_;
  const Clock& clock_;
};

}  // namespace guildscope::scheduler
