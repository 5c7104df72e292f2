#pragma once

#include <string>
#include <string_view>

namespace guildscope::exporting {

/// What gRPC needs of `http(s)://host:port` or `host:port`: a name to connect to, and whether with TLS.
struct GrpcEndpoint {
  std::string
      target;  ///< `host:port`, or what gRPC's own resolvers take (`unix:/run/otel.sock`, `dns:///collector:4317`).
  bool tls = false;
};

/// `insecure` decides where there is no scheme. Throws std::invalid_argument that quotes the endpoint.
[[nodiscard]] GrpcEndpoint ParseGrpcEndpoint(std::string_view endpoint, bool insecure);

/// Throws std::invalid_argument unless it is an `http(s)://host…` URL.
void CheckHttpEndpoint(std::string_view endpoint);

/// A URL without user and password, for messages.
[[nodiscard]] std::string WithoutCredentials(std::string_view url);

}  // namespace guildscope::exporting
