#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "guildscope/base/clock.hpp"
#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/account.hpp"
#include "guildscope/export/batch_pipeline.hpp"
#include "guildscope/export/delivery.hpp"
#include "guildscope/export/reporter.hpp"
#include "guildscope/export/self_metrics.hpp"
#include "guildscope/export/signal.hpp"
#include "guildscope/export/spooled_delivery.hpp"
#include "guildscope/export/spooling.hpp"
#include "guildscope/logging/logger.hpp"
#include "guildscope/metrics/registry.hpp"

namespace guildscope::exporting {

/// The way of one signal out of the process: where it goes, and what became of its items.
struct Road {
  Signal signal;
  config::Exporter exporter;
  const config::OtlpOptions& otlp;
  std::chrono::milliseconds total_timeout;
  std::shared_ptr<Account> account = std::make_shared<Account>();
  std::shared_ptr<DurationRecorder> durations = nullptr;
  std::string destination = {};
  /// With a spool. The signal's pipeline lets go of it when it has shut down; what waits is still sent for a moment.
  std::shared_ptr<SpooledDelivery> spooled = nullptr;

  [[nodiscard]] RetryPolicy policy() const;
};

/// Makes the deliveries of all roads, which share a spool if there is one.
///
/// Threads: one. Lifetime: what it is made of must outlive it, and the registry what it made.
class RoadMaker {
 public:
  RoadMaker(const config::TelemetryOptions& options, metrics::Registry& registry, logging::Logger logger,
            const Clock& clock)
      : options_(options), registry_(registry), logger_(std::move(logger)), clock_(clock) {}

  /// What cannot be delivered is kept on disk from now on, where the options name a folder. Before the first Make.
  /// Returns what shows it.
  [[nodiscard]] std::vector<metrics::Subscription> StartSpool(const SpoolAccounts& accounts);

  /// Tells people and metrics what became of each request, and keeps what cannot be sent. Throws std::exception when
  /// the options name something that cannot be used.
  [[nodiscard]] std::shared_ptr<Delivery> Make(Road& road, OnVerdict& on_verdict) const;

  /// Of requests that nobody is told about and nothing keeps.
  [[nodiscard]] std::unique_ptr<Delivery> MakePlain(const Road& road) const;

  [[nodiscard]] bool has_spool() const noexcept { return spool_ != nullptr; }

 private:
  [[nodiscard]] std::shared_ptr<Delivery> MakeSpooled(Road& road, std::shared_ptr<Transport> transport,
                                                      std::shared_ptr<Reporter> reporter,
                                                      const OnVerdict& on_verdict) const;

  const config::TelemetryOptions& options_;
  metrics::Registry& registry_;
  const logging::Logger logger_;
  const Clock& clock_;
  std::shared_ptr<spool::Spool> spool_;  // empty: nothing is kept
  std::shared_ptr<SpoolReporter> spool_reporter_;
};

}  // namespace guildscope::exporting
