#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "guildscope/testing/query_server.hpp"

namespace guildscope::testing {

/// Debian's real Prometheus, scraping `/metrics` of programs on loopback once a second, for tests of queries and rules.
///
/// Threads, Lifetime: as QueryServer.
class PrometheusServer : public QueryServer {
 public:
  /// Throws std::runtime_error when it does not become ready. `rule_files` and `flags` (`--enable-feature=…`) may be
  /// empty.
  explicit PrometheusServer(const std::vector<std::uint16_t>& scraped_ports,
                            const std::vector<std::filesystem::path>& rule_files = {},
                            const std::vector<std::string>& flags = {});

  /// Waits until every target has been scraped again, from now on. Throws when that does not happen in time.
  void WaitForNextScrape();

 private:
  std::size_t targets_;
};

}  // namespace guildscope::testing
