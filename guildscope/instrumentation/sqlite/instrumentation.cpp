#include "guildscope/instrumentation/sqlite/instrumentation.hpp"

#include <sqlite3.h>

#include <utility>

#include "guildscope/instrumentation/database/statement_recorder.hpp"
#include "guildscope/instrumentation/sqlite/hooks.hpp"
#include "guildscope/telemetry/telemetry.hpp"

namespace guildscope::sqlite {

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
  const logging::Logger logger = telemetry.logger("sqlite");
  if (instrumentation.live()) {
    logger.Info("every SQLite statement is measured and traced (SQLite {})", sqlite3_libversion());
  } else {
    logger.Warning(
        "SQLite statements are NOT measured: this program's sqlite3_step is not the one that is called. Link SQLite as "
        "a shared library, and export the program's symbols (-rdynamic) when SQLite is loaded by a plug-in");
  }
  return instrumentation;
}

}  // namespace guildscope::sqlite
