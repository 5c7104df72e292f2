#include "guildscope/instrumentation/postgres/instrumentation.hpp"

#include <libpq-fe.h>

#include <utility>

#include "guildscope/instrumentation/database/statement_recorder.hpp"
#include "guildscope/instrumentation/postgres/hooks.hpp"
#include "guildscope/telemetry/telemetry.hpp"

namespace guildscope::postgres {

struct Instrumentation::Impl {
  Impl(metrics::Registry& registry, tracing::Tracer& tracer, const Clock& clock) : recorder(registry, tracer, clock) {
    Slot().Set(recorder);
  }
  ~Impl() { Slot().Clear(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  database::StatementRecorder recorder;
};

Instrumentation::Instrumentation(metrics::Registry& registry, tracing::Tracer& tracer, const Clock& clock)
    : impl_(std::make_unique<Impl>(registry, tracer, clock)) {}

Instrumentation::Instrumentation(Instrumentation&&) noexcept = default;
Instrumentation& Instrumentation::operator=(Instrumentation&&) noexcept = default;
Instrumentation::~Instrumentation() = default;

bool Instrumentation::live() const noexcept { return HooksAreLive(); }

Instrumentation Instrument(Telemetry& telemetry) {
  Instrumentation instrumentation(telemetry.metrics(), telemetry.tracer(), telemetry.clock());
  const logging::Logger logger = telemetry.logger("postgres");
  if (instrumentation.live()) {
    logger.Info("every PostgreSQL statement is measured and traced (libpq {})", PQlibVersion());
  } else {
    logger.Warning(
        "PostgreSQL statements are NOT measured: this program's PQexec is not the one that is called. Link libpq as a "
        "shared library, and export the program's symbols (-rdynamic) when libpq is loaded by a plug-in");
  }
  return instrumentation;
}

}  // namespace guildscope::postgres
