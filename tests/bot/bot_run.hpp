#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/world.hpp"

namespace disruptor {

using guildscope::testing::Eventually;
using guildscope::testing::Process;
using guildscope::testing::ProcessEnd;
using guildscope::testing::World;

/// A world of its own for each test, which starts what it needs of it.
class BotRun : public ::testing::Test, protected World {};

}  // namespace disruptor
