#include "guildscope/health/background_job.hpp"

#include <exception>
#include <utility>

namespace guildscope::health {
namespace {

BackgroundLoopOptions WithoutReport(BackgroundLoopOptions options) {
  options.on_error = nullptr;
  return options;
}

}  // namespace

tracing::Span& JobRun::Begin(tracing::SpanOptions options) {
  if (!active_) {
    options.attributes.emplace_back("background_job", true);
    options.attributes.emplace_back("job", name_);
    active_.emplace(tracer_.Start(name_, options));
  }
  return active_->span();
}

BackgroundJob::BackgroundJob(Health& health, const tracing::Tracer& tracer, std::string name, Iterate iterate,
                             BackgroundLoopOptions options)
    : tracer_(tracer),
      name_(std::move(name)),
      iterate_(std::move(iterate)),
      on_error_(options.on_error),
      loop_(
          health, name_, [this](const std::stop_token& stop) { return Run(stop); }, WithoutReport(std::move(options))) {
}

Iteration BackgroundJob::Run(const std::stop_token& stop) const {
  JobRun run(tracer_, name_, stop);
  try {
    return iterate_(run);
  } catch (const std::exception& error) {
    Report(run, error.what());
    throw;
  } catch (...) {
    Report(run, "an exception that is no std::exception");
    throw;
  }
}

void BackgroundJob::Report(JobRun& run, std::string_view what) const {
  run.Begin().RecordException(std::current_exception());
  if (on_error_) on_error_(what);
}

}  // namespace guildscope::health
