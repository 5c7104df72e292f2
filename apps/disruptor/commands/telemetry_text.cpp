#include "apps/disruptor/commands/telemetry_text.hpp"

#include <vector>

namespace disruptor {
namespace {

using guildscope::config::Exporter;
using guildscope::config::OtlpOptions;
using guildscope::config::OtlpProtocol;
using guildscope::config::TelemetryOptions;

std::string Describe(Exporter exporter, const OtlpOptions& otlp, bool otlp_enabled) {
  switch (exporter) {
    case Exporter::kNone:
      return "nowhere";
    case Exporter::kConsole:
      return "the console";
    case Exporter::kOtlp:
      break;
  }
  if (!otlp_enabled) return "nowhere";
  return PublicUrl(otlp.endpoint) + (otlp.protocol == OtlpProtocol::kGrpc ? " (OTLP/gRPC)" : " (OTLP/HTTP)");
}

}  // namespace

std::string PublicUrl(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  const std::size_t authority = scheme_end == std::string_view::npos ? 0 : scheme_end + 3;
  const std::size_t end = std::min(url.find_first_of("?#", authority), url.size());
  const std::size_t path = std::min(url.find('/', authority), end);
  std::size_t host = authority;
  const std::size_t at = url.substr(authority, path - authority).rfind('@');
  if (at != std::string_view::npos) host += at + 1;
  return std::string(url.substr(0, authority)) + std::string(url.substr(host, end - host));
}

std::string DescribeTelemetry(const TelemetryOptions& options, std::uint16_t port) {
  std::vector<std::string> places;
  if (options.prometheus_enabled && port != 0) {
    places.push_back("metrics at http://" + options.health_server.address + ":" + std::to_string(port) + "/metrics");
  }
  const bool otlp = options.otlp_enabled && !options.sdk_disabled;
  const auto add = [&](const char* signal, Exporter exporter, const OtlpOptions& to) {
    const std::string place = options.sdk_disabled ? "nowhere" : Describe(exporter, to, otlp);
    if (place != "nowhere") places.push_back(std::string(signal) + " to " + place);
  };
  add("metrics", options.metrics.exporter, options.metrics.otlp);
  add("traces", options.traces.exporter, options.traces.otlp);
  add("logs", options.logs.exporter, options.logs.otlp);
  if (places.empty()) return "it goes nowhere.";
  std::string text;
  for (const std::string& place : places) text += (text.empty() ? "" : "; ") + place;
  return text + ".";
}

}  // namespace disruptor
