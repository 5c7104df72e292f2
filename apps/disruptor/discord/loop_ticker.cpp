#include "apps/disruptor/discord/loop_ticker.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace disruptor {
namespace {

int MakeTimer() {
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (timer < 0) throw std::system_error(errno, std::generic_category(), "timerfd_create");
  return timer;
}

}  // namespace

LoopTicker::LoopTicker(dpp::cluster& bot, std::chrono::nanoseconds period, std::function<void()> tick)
    : period_(period), timer_(MakeTimer()) {
  bot.socketengine->register_socket(dpp::socket_events(
      timer_, dpp::WANT_READ, [timer = timer_, tick = std::move(tick)](dpp::socket, const dpp::socket_events&) {
        std::uint64_t periods = 0;
        [[maybe_unused]] const ssize_t taken = read(timer, &periods, sizeof periods);
        tick();
      }));
}

LoopTicker::~LoopTicker() { close(timer_); }

void LoopTicker::Start() {
  itimerspec now{};
  const bool runs = timerfd_gettime(timer_, &now) == 0 && now.it_interval.tv_nsec + now.it_interval.tv_sec > 0;
  if (!runs) Set(period_);
}

void LoopTicker::Stop() { Set(std::chrono::nanoseconds(0)); }

void LoopTicker::Set(std::chrono::nanoseconds period) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(period);
  const timespec value{.tv_sec = whole.count(), .tv_nsec = (period - whole).count()};
  const itimerspec both{.it_interval = value, .it_value = value};
  timerfd_settime(timer_, 0, &both, nullptr);
}

}  // namespace disruptor
