#pragma once

#include <memory>

#include "guildscope/base/clock.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace guildscope {
class Telemetry;
}

/// Every SQLite statement of the process, measured and traced without any help of the code that runs it: this library's
/// sqlite3_step and its relatives stand in front of libsqlite3's.
///
/// An execution begins with the first sqlite3_step after a prepare, a reset or the end of the execution before, and
/// ends with SQLITE_DONE, an error, sqlite3_reset or sqlite3_finalize. So a step that is tried again after SQLITE_BUSY
/// is two executions, of which the first failed. A text that does not compile is one that failed, and so is a database
/// that does not open (operation CONNECT). Statements that SQLite runs inside (for the schema, for full-text search)
/// are not seen. sqlite3_get_table is one execution, whatever is in it.
namespace guildscope::sqlite {

/// Statements are recorded while this lives.
///
/// Cost: docs in README.md. Threads: statements may run on any while it is made and destroyed; the destructor waits
/// for those that are being recorded, never for a statement. Lifetime: the telemetry must outlive it.
class [[nodiscard]] Instrumentation {
 public:
  Instrumentation(metrics::Registry& registry, tracing::Tracer& tracer, const Clock& clock = RealClock());
  Instrumentation(Instrumentation&&) noexcept;
  Instrumentation& operator=(Instrumentation&&) noexcept;
  ~Instrumentation();

  /// False when statements pass by unseen: SQLite is linked statically, or other libraries of the process find
  /// libsqlite3's functions before this program's.
  [[nodiscard]] bool live() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Begins to record, and logs whether it works. Throws std::logic_error when another Instrumentation lives.
[[nodiscard]] Instrumentation Instrument(Telemetry& telemetry);

}  // namespace guildscope::sqlite
