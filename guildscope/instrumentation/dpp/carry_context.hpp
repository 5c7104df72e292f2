#pragma once

namespace guildscope::dpp {

/// While it lives, work that is handed to D++'s thread pool and timers from this thread does not take the current trace
/// context along.
class [[nodiscard]] CarryPause {
 public:
  CarryPause() noexcept;
  ~CarryPause();
  CarryPause(const CarryPause&) = delete;
  CarryPause& operator=(const CarryPause&) = delete;

 private:
  const bool before_;
};

}  // namespace guildscope::dpp
