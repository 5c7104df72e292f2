#pragma once

#include <memory>

#include "guildscope/base/clock.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace guildscope {
class Telemetry;
}

/// Every PostgreSQL statement that the process sends through libpq, measured and traced without any help of the code
/// that sends it: this library's PQexec and its relatives stand in front of libpq's.
///
/// A PQexec, PQexecParams or PQexecPrepared is one execution, whatever is in its text; so is a PQsendQuery and its
/// like, from the sending to the null that PQgetResult gives behind its last result (pipelines and COPY included). One
/// whose results are left unread ends with the next, or with its connection. Preparing is none unless it fails; what
/// was prepared unseen (by SQL's PREPARE, or before this lived) is executed as operation EXECUTE. libpq's large objects
/// and PQfn are not seen.
///
/// An attempt to connect is one that failed, or none (operation CONNECT); one that is closed while it is under way
/// failed by timeout.
///
/// The text of a statement that is not prepared gets a sqlcommenter comment: `route`, the name of the outermost span
/// (the command or the job), and `traceparent`, of the statement's own span.
namespace guildscope::postgres {

/// Statements are recorded while this lives.
///
/// Cost: see README.md; small beside a round trip. Threads: as libpq has it, one thread at a time for a connection; the
/// destructor waits for those that are being recorded, never for a statement. Lifetime: the telemetry must outlive it.
class [[nodiscard]] Instrumentation {
 public:
  Instrumentation(metrics::Registry& registry, tracing::Tracer& tracer, const Clock& clock = RealClock());
  Instrumentation(Instrumentation&&) noexcept;
  Instrumentation& operator=(Instrumentation&&) noexcept;
  ~Instrumentation();

  /// False when statements pass by unseen: libpq is linked statically, or other libraries of the process find its
  /// functions before this program's.
  [[nodiscard]] bool live() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Begins to record, and logs whether it works. Throws std::logic_error when another Instrumentation lives.
[[nodiscard]] Instrumentation Instrument(Telemetry& telemetry);

}  // namespace guildscope::postgres
