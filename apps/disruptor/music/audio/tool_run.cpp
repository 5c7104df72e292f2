#include "apps/disruptor/music/audio/tool_run.hpp"

#include <optional>
#include <system_error>

#include "apps/disruptor/music/audio/program_failure.hpp"
#include "guildscope/metrics/exemplar.hpp"

namespace disruptor::music {
namespace {

ChildResult Start(const ToolRun& run, const std::stop_token& stop) {
  try {
    return RunChild(run.child, stop);
  } catch (const std::system_error& error) {
    throw CannotRun(run.child.command[0], error.code().message());
  }
}

}  // namespace

void RunTool(const ToolRun& run, const AudioTelemetry& telemetry,
             const guildscope::metrics::HistogramFamily<2>& duration, const std::stop_token& stop,
             const std::function<void(const ChildResult&, guildscope::tracing::Span&)>& judge) {
  guildscope::tracing::ActiveSpan active = telemetry.tracer.StartActive(run.program, run.span);
  guildscope::tracing::Span& span = active.span();
  span.SetAttribute({"process.executable.name", run.program});
  const auto begun = telemetry.clock.SteadyNow();
  std::optional<ChildResult> result;
  const auto record = [&] {
    const guildscope::metrics::SpanScope scope(span.span_context());
    const std::chrono::duration<double> took = telemetry.clock.SteadyNow() - begun;
    duration.Record(took.count(), {run.operation, std::to_string(run.guild)});
  };
  try {
    result = Start(run, stop);
    span.SetAttribute({"process.pid", result->pid});
    span.SetAttribute({"process.exit.code", result->exit_status});
    judge(*result, span);
    record();
  } catch (const MediaError& error) {
    record();
    span.SetError(ToString(error.type()), error.what());
    if (!result) {
      telemetry.logger.Error("{}", error.what());
    } else {
      telemetry.logger.Warning("{}: {}: {}: {}", run.program, DescribeEnd(*result), error.what(),
                               LastWords(*result, telemetry.redactor));
    }
    throw;
  }
}

}  // namespace disruptor::music
