#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace guildscope {

/// What a run's thread recorded, `run/thread/number`, in the order in which it arrived.
struct Arrived {
  std::string run;
  std::uint64_t thread = 0;
  std::uint64_t number = 0;
  bool operator==(const Arrived&) const = default;
};

/// A collector that keeps the names of spans (over HTTP) and the bodies of log records (over gRPC) in order, and adds
/// up the points of counters (over gRPC), with a switch at the socket. Away at first.
///
/// Threads: any.
class OrderedCollector {
 public:
  OrderedCollector();
  ~OrderedCollector();

  void ComeBack();
  void GoAway();
  /// Takes this long for each request.
  void BeSlow(std::chrono::milliseconds delay);

  [[nodiscard]] std::string traces_endpoint() const;
  [[nodiscard]] std::string grpc_endpoint() const;

  [[nodiscard]] std::vector<Arrived> spans() const;
  [[nodiscard]] std::vector<Arrived> logs() const;
  /// The sum of all points that arrived of a metric.
  [[nodiscard]] double sum(const std::string& metric) const;
  [[nodiscard]] bool WaitFor(const std::function<bool()>& condition, std::chrono::seconds limit) const;

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope
