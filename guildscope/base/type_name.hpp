#pragma once

#include <string>
#include <typeinfo>

namespace guildscope {

/// A type as it is written in C++: `std::runtime_error`. `unknown` for null, as an exception of another language has
/// it.
///
/// Cost: microseconds. Threads: any.
[[nodiscard]] std::string TypeName(const std::type_info* type);

}  // namespace guildscope
