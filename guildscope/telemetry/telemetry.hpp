#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "guildscope/base/redactor.hpp"
#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/health/health.hpp"
#include "guildscope/http/server.hpp"
#include "guildscope/logging/logging.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace guildscope {

/// Everything that makes a process observable, in one object: the metrics registry, the tracer, the loggers, health,
/// the exporters of all three signals (installed as OpenTelemetry's global providers) and the HTTP server for
/// `/metrics`,
/// `/health` and `/ready`. Make one, first thing in main; instrumentation takes a reference to it.
///
/// Threads: any, after construction. Lifetime: must outlive what is instrumented with it.
class Telemetry {
 public:
  /// Settings from a YAML file (empty: none), then the environment, then OpenTelemetry's standard variables.
  /// Throws config::ConfigError with every problem, or std::runtime_error when a server cannot listen.
  explicit Telemetry(const std::string& config_file = "");
  explicit Telemetry(config::TelemetryOptions options, std::shared_ptr<Redactor> redactor = nullptr,
                     const Clock& clock = RealClock());
  /// Shuts down.
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  [[nodiscard]] metrics::Registry& metrics() noexcept;
  [[nodiscard]] tracing::Tracer& tracer() noexcept;
  [[nodiscard]] logging::Logging& logging() noexcept;
  [[nodiscard]] health::Health& health() noexcept;
  [[nodiscard]] Redactor& redactor() noexcept;
  [[nodiscard]] const config::TelemetryOptions& options() const noexcept;
  [[nodiscard]] const Clock& clock() const noexcept;

  [[nodiscard]] logging::Logger logger(std::string_view name) { return logging().Get(name); }

  /// Where the HTTP server listens; 0 when it is off.
  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Exports what is buffered now. False when something did not arrive within the limit.
  bool Flush(std::chrono::milliseconds limit);

  /// Stops the server, flushes and ends the exporters; returns within the limit (setting shutdown_timeout) whatever the
  /// collector does. What could not be delivered is counted and logged. Idempotent. False when something was lost.
  bool Shutdown();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope
