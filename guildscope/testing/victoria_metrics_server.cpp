#include "guildscope/testing/victoria_metrics_server.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "guildscope/testing/http_client.hpp"

namespace guildscope::testing {

VictoriaMetricsServer::VictoriaMetricsServer(const std::string& program)
    : QueryServer(
          "victoria-metrics",
          [&](const std::filesystem::path& folder, std::uint16_t port) -> std::vector<std::string> {
            return {program,
                    "-storageDataPath=" + (folder / "data").string(),
                    "-httpListenAddr=127.0.0.1:" + std::to_string(port),
                    "-opentelemetry.usePrometheusNaming",
                    "-search.latencyOffset=0s",  // else the newest half minute is not shown
                    "-memory.allowedBytes=128MiB",
                    "-loggerLevel=WARN"};
          },
          "/health") {}

std::string VictoriaMetricsServer::endpoint() const {
  return "http://127.0.0.1:" + std::to_string(port()) + "/opentelemetry/v1/metrics";
}

void VictoriaMetricsServer::WaitForNextExport(const std::string& selector) const {
  const double now = UnixTime();
  WaitUntil("export", [&] {
    (void)Get(port(), "/internal/force_flush");  // queries see what arrived
    const auto all = QueryRange(selector + "[1m]");
    return std::ranges::any_of(all, [now](const SeriesHistory& series) { return series.points.back().time > now; });
  });
}

}  // namespace guildscope::testing
