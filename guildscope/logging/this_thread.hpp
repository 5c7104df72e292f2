#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace guildscope::logging {

struct ThreadIdentity {
  std::int64_t id = 0;
  std::string_view name;  ///< Valid on this thread, until the next call.
};

/// The calling thread, as the kernel knows it. Its name is asked for once a second, by the caller's clock.
[[nodiscard]] ThreadIdentity ThisThread(std::chrono::system_clock::time_point now) noexcept;

}  // namespace guildscope::logging
