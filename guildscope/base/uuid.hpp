#pragma once

#include <string>

namespace guildscope {

/// A random UUID (RFC 9562, version 4) as text, from the kernel's random numbers. Cost: a few microseconds. Threads:
/// any.
[[nodiscard]] std::string NewUuid();

}  // namespace guildscope
