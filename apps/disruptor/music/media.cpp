#include "apps/disruptor/music/media.hpp"

namespace disruptor::music {

const char* ToString(MediaError::Type type) noexcept {
  switch (type) {
    case MediaError::Type::kNotFound:
      return "not_found";
    case MediaError::Type::kUnavailable:
      return "unavailable";
    case MediaError::Type::kNotConfigured:
      return "not_configured";
    case MediaError::Type::kTooLarge:
      return "too_large";
    case MediaError::Type::kTimeout:
      return "timeout";
    case MediaError::Type::kBadMedia:
      return "bad_media";
    case MediaError::Type::kStopped:
      return "stopped";
    case MediaError::Type::kInternal:
      break;
  }
  return "internal";
}

}  // namespace disruptor::music
