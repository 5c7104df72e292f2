#include "guildscope/config/otlp_endpoint.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>

#include "guildscope/config/values.hpp"

namespace guildscope::config {
namespace {

constexpr int kGrpcPort = 4317;
constexpr int kHttpPort = 4318;

struct EndpointParts {
  std::string_view host;
  std::optional<std::string_view> port;
};

std::string_view WithoutScheme(std::string_view endpoint) {
  const std::size_t separator = endpoint.find("://");
  return separator == std::string_view::npos ? endpoint : endpoint.substr(separator + 3);
}

EndpointParts Take(std::string_view endpoint) {
  std::string_view authority = WithoutScheme(endpoint);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  authority = authority.substr(authority.rfind('@') + 1);
  // An IPv6 address is in brackets, and its colons are not the port's.
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {authority, std::nullopt};
  return {authority.substr(0, colon), authority.substr(colon + 1)};
}

std::string SignalPath(Signal signal) { return "/v1/" + std::string(SignalName(signal)); }

bool IsTokenCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string::npos;
}

}  // namespace

std::string_view SignalName(Signal signal) noexcept {
  switch (signal) {
    case Signal::kTraces:
      return "traces";
    case Signal::kMetrics:
      return "metrics";
    case Signal::kLogs:
      break;
  }
  return "logs";
}

OtlpOptions& OtlpOf(TelemetryOptions& options, Signal signal) noexcept {
  switch (signal) {
    case Signal::kTraces:
      return options.traces.otlp;
    case Signal::kMetrics:
      return options.metrics.otlp;
    case Signal::kLogs:
      break;
  }
  return options.logs.otlp;
}

bool HasScheme(std::string_view endpoint) { return endpoint.find("://") != std::string_view::npos; }

bool IsEndpoint(const std::string& text) {
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' '; })) return false;
  if (HasScheme(text)) {
    const std::string scheme = Lower(text.substr(0, text.find("://")));
    if (scheme != "http" && scheme != "https") return false;
  }
  const EndpointParts parts = Take(text);
  if (parts.host.empty()) return false;
  if (!parts.port) return HasScheme(text);
  const auto port = ParseInteger(*parts.port);
  return port && *port >= 1 && *port <= 65535;
}

std::string EndpointOfSignal(std::string_view general, OtlpProtocol protocol, Signal signal) {
  std::string endpoint(general);
  if (protocol == OtlpProtocol::kGrpc) return endpoint;
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint + SignalPath(signal);
}

std::string DefaultEndpoint(OtlpProtocol protocol, Signal signal) {
  const int port = protocol == OtlpProtocol::kGrpc ? kGrpcPort : kHttpPort;
  return EndpointOfSignal("http://localhost:" + std::to_string(port), protocol, signal);
}

std::string ChangeProtocol(std::string_view endpoint, OtlpProtocol from, OtlpProtocol to, Signal signal) {
  std::string changed(endpoint);
  if (from == to) return changed;
  if (endpoint == DefaultEndpoint(from, signal)) return DefaultEndpoint(to, signal);
  if (to == OtlpProtocol::kHttpProtobuf) return EndpointOfSignal(endpoint, to, signal);
  const std::string path = SignalPath(signal);
  if (changed.ends_with(path)) changed.resize(changed.size() - path.size());
  return changed;
}

std::optional<OtlpProtocol> ProtocolOfPort(std::string_view endpoint) {
  const auto port = ParseInteger(Take(endpoint).port.value_or(""));
  if (port == kGrpcPort) return OtlpProtocol::kGrpc;
  if (port == kHttpPort) return OtlpProtocol::kHttpProtobuf;
  return std::nullopt;
}

bool AreHeaders(const std::map<std::string, std::string>& headers) {
  return std::all_of(headers.begin(), headers.end(), [](const auto& header) {
    const auto& [name, value] = header;
    return !name.empty() && std::all_of(name.begin(), name.end(), IsTokenCharacter) &&
           std::none_of(value.begin(), value.end(), [](char c) { return std::iscntrl(static_cast<unsigned char>(c)); });
  });
}

std::vector<std::pair<std::string, std::string>> ToHeaders(const std::map<std::string, std::string>& headers) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const auto& [name, value] : headers) result.emplace_back(Lower(name), value);
  return result;
}

bool IsReadableFile(const std::string& path) {
  std::error_code error;
  return !std::filesystem::is_directory(path, error) && std::ifstream(path).good();
}

}  // namespace guildscope::config
