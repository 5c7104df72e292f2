#include "guildscope/base/wake_up.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace guildscope {
namespace {

int MakeEventDescriptor() {
  const int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "cannot make an eventfd");
  return descriptor;
}

}  // namespace

WakeUp::WakeUp() : descriptor_(MakeEventDescriptor()) {}

WakeUp::~WakeUp() { close(descriptor_); }

void WakeUp::Notify() noexcept {
  if (notified_.load() || notified_.exchange(true)) return;
  const std::uint64_t one = 1;
  // Fails only when the counter is at its limit, and then the thread is about to wake.
  [[maybe_unused]] const auto written = write(descriptor_, &one, sizeof one);
}

void WakeUp::Wait(std::chrono::nanoseconds limit) noexcept {
  constexpr std::chrono::nanoseconds kLongest = std::chrono::hours(1);
  limit = std::clamp(limit, std::chrono::nanoseconds(0), kLongest);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(limit);
  const timespec timeout{static_cast<time_t>(seconds.count()), static_cast<long>((limit - seconds).count())};
  pollfd waiting{descriptor_, POLLIN, 0};
  ppoll(&waiting, 1, &timeout, nullptr);
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = read(descriptor_, &count, sizeof count);
  // After the read: a Notify from here on writes again. One that came before is followed by our caller's look at what
  // it was told about; sequential consistency sees to it that one of the two happens.
  notified_.store(false);
}

}  // namespace guildscope
