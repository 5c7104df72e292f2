#pragma once

#include <chrono>
#include <memory>

#include "guildscope/base/fast_clock.hpp"
#include "guildscope/base/redactor.hpp"
#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/account.hpp"
#include "guildscope/export/signal.hpp"
#include "guildscope/logging/logging.hpp"
#include "guildscope/metrics/registry.hpp"

namespace guildscope::exporting {

/// The way of all three signals out of the process: OpenTelemetry's SDK, installed as the global providers, with our
/// processors, queues and transports behind it.
///
/// A signal that cannot be started (a bad endpoint, a certificate that cannot be read) is told in one line and is not
/// exported; the process goes on. Without an exporter for traces, spans still have valid ids, so that log records can
/// be told apart by trace, but are not recorded. With sdk_disabled nothing is installed but the propagators.
///
/// Threads: any. Lifetime: the options, the registry, the logging and the clock must outlive it. One at a time in a
/// process.
class Exporters {
 public:
  Exporters(const config::TelemetryOptions& options, metrics::Registry& registry, logging::Logging& logging,
            std::shared_ptr<const Redactor> redactor, const Clock& clock = FastClock());
  /// Shuts down within a second.
  ~Exporters();
  Exporters(const Exporters&) = delete;
  Exporters& operator=(const Exporters&) = delete;

  /// Exports what was recorded before the call. False when it was not all delivered within the limit.
  bool Flush(std::chrono::milliseconds limit);

  /// Traces and logs first, then the metrics with what the others' end did to them. Returns within the limit, whatever
  /// the collectors do. Idempotent. False when something was lost.
  bool Shutdown(std::chrono::milliseconds limit);

  /// What became of a signal's items; all zero for one without an exporter. Valid after Shutdown too.
  [[nodiscard]] const Account& account(Signal signal) const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope::exporting
