#pragma once

#include <string>

#include "guildscope/export/transport.hpp"

namespace guildscope::exporting {

/// Delivered, as far as the pipeline is concerned; for tests and benchmarks of what comes before.
class AcceptingTransport final : public Transport {
 public:
  Reply Send(const Request&, std::chrono::steady_clock::time_point) noexcept override {
    return {.outcome = Reply::Outcome::kAccepted, .rejected = 0, .detail = {}, .retry_after = {}};
  }
  void Cancel() noexcept override {}
  [[nodiscard]] const std::string& destination() const noexcept override { return destination_; }

 private:
  const std::string destination_ = "nowhere";
};

}  // namespace guildscope::exporting
