#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "guildscope/testing/process.hpp"
#include "guildscope/testing/prometheus_text.hpp"

namespace guildscope::testing {

/// One series over a time.
struct SeriesHistory {
  struct Point {
    double time = 0;  ///< Seconds since 1970, whole milliseconds.
    double value = 0;
  };
  std::string name;
  Labels labels;
  std::vector<Point> points;  ///< By time. Never empty.
};

/// A store of metrics that answers PromQL by Prometheus' HTTP API, a process on loopback with a folder of its own: what
/// PrometheusServer and VictoriaMetricsServer have in common. A test asks both the same.
///
/// Threads: one. Lifetime: the destructor ends it and removes what it stored.
class QueryServer {
 public:
  QueryServer(const QueryServer&) = delete;
  QueryServer& operator=(const QueryServer&) = delete;

  /// An instant query; the answer's vector (a scalar is a sample without labels). Throws std::runtime_error with the
  /// server's own words when it does not accept the query.
  [[nodiscard]] std::vector<Sample> Query(const std::string& promql) const;

  /// What the query of a range has, such as `up[1m]`: the samples as they were stored.
  [[nodiscard]] std::vector<SeriesHistory> QueryRange(const std::string& promql) const;

  /// Every series of the newest scrape or export that had some of this selector, as it was stored. Not an instant
  /// query, which goes on for a while to answer with what is not there any more.
  [[nodiscard]] std::vector<Sample> Newest(const std::string& selector) const;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 protected:
  using Command = std::function<std::vector<std::string>(const std::filesystem::path& folder, std::uint16_t port)>;

  /// Returns when `ready_path` answers 200. Throws std::runtime_error with what the server wrote when it does not.
  QueryServer(std::string name, const Command& command, const std::string& ready_path);
  ~QueryServer();

  /// Throws when the condition does not hold in time; `what` is what was waited for.
  void WaitUntil(const char* what, const std::function<bool()>& holds) const;

 private:
  std::string name_;
  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

/// Seconds since 1970.
[[nodiscard]] double UnixTime();

}  // namespace guildscope::testing
