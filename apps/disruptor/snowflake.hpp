#pragma once

#include <cstdint>

namespace disruptor {

/// The id of a guild, a channel or a user. 0 is nobody's.
using Snowflake = std::uint64_t;

}  // namespace disruptor
