#pragma once

#include <exception>
#include <utility>

namespace guildscope::database {

namespace internal {
inline thread_local bool in_recorder = false;
}

/// True inside of Quietly: what the telemetry itself does with a database is not recorded, or it would never end.
[[nodiscard]] inline bool InRecorder() noexcept { return internal::in_recorder; }

/// Runs what records a statement. It must never fail the statement: without memory for a record there is none.
template <typename Work>
void Quietly(Work&& work) noexcept {
  const bool before = std::exchange(internal::in_recorder, true);
  try {
    std::forward<Work>(work)();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): see above
  }
  internal::in_recorder = before;
}

}  // namespace guildscope::database
