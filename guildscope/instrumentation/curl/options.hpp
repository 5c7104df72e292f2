#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "guildscope/instrumentation/curl/message.hpp"
#include "guildscope/retry/policy.hpp"

namespace guildscope::curl {

/// What holds for every request of a client.
struct HttpClientOptions {
  HttpLimits limits{};
  retry::Policy retries{};
  std::size_t max_requests = 1'024;         ///< Taken and not ended, those that wait for a retry included.
  std::size_t max_requests_per_host = 256;  ///< So that a host that hangs does not stop the others.
  std::size_t connections_per_host = 8;     ///< With HTTP/2 one usually carries all.
  std::size_t connections = 64;
  bool http2 = true;         ///< Over TLS, where the server offers it.
  std::string user_agent{};  ///< Empty: `guildscope/` and the version.
  std::string ca_file{};     ///< PEM of the authorities to trust; empty: the system's.
  /// Hosts, and all below them, that get no trace context: the others see the trace's id, and the baggage.
  std::vector<std::string> no_propagation{};
};

}  // namespace guildscope::curl
