#pragma once

#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "guildscope/logging/logger.hpp"

namespace guildscope::exporting {

/// What people were told, as `LEVEL message`; for tests.
class Lines final : public logging::LoggerState {
 public:
  Lines() { set_threshold(logging::Level::kDebug); }
  void Write(logging::Level level, std::string_view message, const logging::Fields&,
             const std::source_location&) noexcept override {
    lines_.push_back(std::string(logging::ToString(level)) + ' ' + std::string(message));
  }
  std::vector<std::string> Take() { return std::exchange(lines_, {}); }

 private:
  std::vector<std::string> lines_;
};

}  // namespace guildscope::exporting
