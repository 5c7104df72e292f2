#pragma once

#include <dpp/misc-enum.h>

#include <optional>
#include <string>
#include <string_view>

#include "apps/disruptor/exit_status.hpp"

namespace disruptor {

/// Why the bot cannot go on.
struct Failure {
  ExitStatus status = ExitStatus::kFailed;
  std::string message;  ///< One line, for people.
};

/// D++ tells what stops it for good only in its log, and then goes on as if nothing were: it does not start its shards,
/// ends its event loop, or knocks at a closed door for ever. This reads the log. `started`: whether a shard has been
/// started, for what cannot be reached later is tried again by D++.
[[nodiscard]] std::optional<Failure> FindFailure(dpp::loglevel severity, std::string_view message, bool started,
                                                 std::string_view where);

}  // namespace disruptor
