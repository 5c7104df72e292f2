#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "guildscope/config/telemetry_options.hpp"

/// The rules of OpenTelemetry's OTLP exporter specification about endpoints and headers, shared by the settings file
/// and the standard variables.
namespace guildscope::config {

enum class Signal { kTraces, kMetrics, kLogs };
inline constexpr Signal kSignals[] = {Signal::kTraces, Signal::kMetrics, Signal::kLogs};

/// `traces`, `metrics`, `logs`.
[[nodiscard]] std::string_view SignalName(Signal signal) noexcept;
[[nodiscard]] OtlpOptions& OtlpOf(TelemetryOptions& options, Signal signal) noexcept;

inline constexpr std::string_view kEndpointForm = "http(s)://host[:port][/path], or host:port for gRPC";
inline constexpr std::string_view kHttpEndpointForm = "http(s)://host[:port][/path] for HTTP";
[[nodiscard]] bool IsEndpoint(const std::string& text);
[[nodiscard]] bool HasScheme(std::string_view endpoint);

/// What one endpoint for all signals is for this one: over HTTP, `/v1/traces` and the like are appended to its path.
[[nodiscard]] std::string EndpointOfSignal(std::string_view general, OtlpProtocol protocol, Signal signal);
[[nodiscard]] std::string DefaultEndpoint(OtlpProtocol protocol, Signal signal);
/// The endpoint after a change of protocol alone.
[[nodiscard]] std::string ChangeProtocol(std::string_view endpoint, OtlpProtocol from, OtlpProtocol to, Signal signal);

/// The registered ports speak for themselves where no protocol was named: 4317 is gRPC, 4318 is HTTP.
[[nodiscard]] std::optional<OtlpProtocol> ProtocolOfPort(std::string_view endpoint);

/// A header's name and value that can be sent as they are.
inline constexpr std::string_view kHeaderForm = "names of HTTP headers with values without line breaks";
[[nodiscard]] bool AreHeaders(const std::map<std::string, std::string>& headers);
/// Names in lower case, as HTTP/2 wants them.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> ToHeaders(
    const std::map<std::string, std::string>& headers);

[[nodiscard]] bool IsReadableFile(const std::string& path);

}  // namespace guildscope::config
