#include "guildscope/instrumentation/scheduler/jobs.hpp"

#include <cstdint>
#include <string>

#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::scheduler {

struct ScopedJob::Impl {
  const Jobs& jobs;
  std::string handler_type;
  std::chrono::steady_clock::time_point start;
  tracing::Span span;
  metrics::GaugeGuard active;
  bool failed = false;

  Impl(const Jobs& owner, std::string_view type, std::chrono::steady_clock::time_point now, tracing::Span started,
       metrics::Gauge gauge)
      : jobs(owner), handler_type(type), start(now), span(std::move(started)), active(std::move(gauge)) {}
};

ScopedJob::ScopedJob(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
ScopedJob::ScopedJob(ScopedJob&&) noexcept = default;

ScopedJob::~ScopedJob() {
  if (!impl_) return;
  const char* status = impl_->failed ? "error" : "success";
  const std::chrono::duration<double> took = impl_->jobs.clock_.SteadyNow() - impl_->start;
  const metrics::SpanScope of_the_job(impl_->span.span_context());
  impl_->jobs.duration_.Record(took.count(), {impl_->handler_type, status});
  impl_->jobs.jobs_.Add(1, {impl_->handler_type, status});
}

void ScopedJob::SetGuilds(std::size_t considered, std::size_t joined) {
  impl_->span.SetAttribute({"guilds_considered", considered});
  impl_->span.SetAttribute({"guilds_joined", joined});
}

void ScopedJob::Fail(std::string_view error_type, std::string_view description) {
  impl_->failed = true;
  impl_->span.SetError(error_type, description);
}

void ScopedJob::Fail(const std::exception_ptr& exception) {
  impl_->failed = true;
  impl_->span.RecordException(exception);
}

tracing::Span& ScopedJob::span() noexcept { return impl_->span; }
tracing::Context ScopedJob::context() const { return impl_->span.context(); }

Jobs::Jobs(metrics::Registry& registry, const tracing::Tracer& tracer, const Clock& clock)
    : duration_(registry.Get(metrics::catalogue::kSchedulerJobDuration)),
      jobs_(registry.Get(metrics::catalogue::kSchedulerJobs)),
      active_(registry.Get(metrics::catalogue::kSchedulerActiveJobs)),
      tracer_(tracer),
      clock_(clock) {}

ScopedJob Jobs::Start(std::string_view handler_type) const {
  tracing::SpanOptions options;
  options.attributes = {{"handler_type", handler_type}};
  tracing::Span span = tracer_.Start("job " + std::string(handler_type), options);
  return ScopedJob(std::make_unique<ScopedJob::Impl>(*this, handler_type, clock_.SteadyNow(), std::move(span),
                                                     active_.Bind({handler_type})));
}

}  // namespace guildscope::scheduler
