#pragma once

#include <string>

#include "guildscope/testing/query_server.hpp"

namespace guildscope::testing {

/// A real VictoriaMetrics that takes metrics by OTLP over HTTP and gives them Prometheus' names, for tests of the other
/// road than PrometheusServer's. Every series carries the resource's attributes as labels, and the scope's.
///
/// scripts/provide-victoria-metrics provides the program, where it can be had.
/// Threads, Lifetime: as QueryServer.
class VictoriaMetricsServer : public QueryServer {
 public:
  /// Throws std::runtime_error or std::system_error when the program does not start.
  explicit VictoriaMetricsServer(const std::string& program);

  /// The URL that takes the metrics.
  [[nodiscard]] std::string endpoint() const;

  /// Waits until some series of this selector was exported again, from now on, and queries see it. Throws when that
  /// does not happen in time.
  void WaitForNextExport(const std::string& selector) const;
};

}  // namespace guildscope::testing
