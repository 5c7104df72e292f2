#include "apps/disruptor/music/player/players.hpp"
namespace disruptor::music {
const char* ToString(PlayEnd end) noexcept {
  switch (end) {
    case PlayEnd::kFinished:
      return "finished";
    case PlayEnd::kSkipped:
      return "skipped";
    case PlayEnd::kStopped:
      return "stopped";
    case PlayEnd::kFailed:
      break;
  }
  return "failed";
}
}  // namespace disruptor::music
