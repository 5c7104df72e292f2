#include "apps/disruptor/music/media.hpp"

#include <array>
#include <random>

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

std::string MakeUuid() {
  constexpr char kHex[] = "0123456789abcdef";
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  thread_local std::mt19937_64 engine = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  std::uniform_int_distribution<unsigned> digit(0, 15);
  std::string uuid(kForm);
  for (char& symbol : uuid) {
    if (symbol == 'x') symbol = kHex[digit(engine)];
    if (symbol == 'y') symbol = kHex[8 + digit(engine) % 4];
  }
  return uuid;
}

}  // namespace disruptor::music
