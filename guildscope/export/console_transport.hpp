#pragma once

#include <ostream>
#include <string>

#include "guildscope/export/transport.hpp"

namespace guildscope::exporting {

/// OTEL_*_EXPORTER=console: writes a line for each span, log record and metric point, to look at while developing.
///
/// Threads: Send from one; several transports may share a stream, since each request is written in one piece.
/// Lifetime: the stream must outlive it.
class ConsoleTransport final : public Transport {
 public:
  ConsoleTransport(Signal signal, std::ostream& out) : signal_(signal), out_(out) {}

  Reply Send(const Request& request, std::chrono::steady_clock::time_point deadline) noexcept override;
  void Cancel() noexcept override {}
  [[nodiscard]] const std::string& destination() const noexcept override { return destination_; }

 private:
  const Signal signal_;
  std::ostream& out_;
  const std::string destination_ = "the console";
};

}  // namespace guildscope::exporting
