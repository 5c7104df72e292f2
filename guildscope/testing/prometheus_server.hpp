#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "guildscope/testing/process.hpp"
#include "guildscope/testing/prometheus_text.hpp"

namespace guildscope::testing {

/// Debian's real Prometheus, scraping `/metrics` of programs on loopback once a second, for tests of queries and rules.
///
/// Threads: one. Lifetime: the destructor ends it and removes what it stored.
class PrometheusServer {
 public:
  /// Throws std::runtime_error when it does not become ready. `rule_files` and `flags` (`--enable-feature=…`) may be
  /// empty.
  explicit PrometheusServer(const std::vector<std::uint16_t>& scraped_ports,
                            const std::vector<std::filesystem::path>& rule_files = {},
                            const std::vector<std::string>& flags = {});
  ~PrometheusServer();
  PrometheusServer(const PrometheusServer&) = delete;
  PrometheusServer& operator=(const PrometheusServer&) = delete;

  /// Waits until every target has been scraped again, from now on. Throws when that does not happen in time.
  void WaitForNextScrape();

  /// An instant query; the answer's vector (a scalar is a sample without labels). Throws with Prometheus' own words
  /// when it does not accept the query.
  [[nodiscard]] std::vector<Sample> Query(const std::string& promql) const;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  std::size_t targets_;
  std::filesystem::path directory_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace guildscope::testing
