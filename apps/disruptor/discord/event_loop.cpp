#include "apps/disruptor/discord/event_loop.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "guildscope/tracing/context.hpp"

namespace disruptor {
namespace {

int MakeEventFd() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

}  // namespace

EventLoop::EventLoop(dpp::cluster& bot) : wake_up_(MakeEventFd()) {
  bot.socketengine->register_socket(
      dpp::socket_events(wake_up_, dpp::WANT_READ, [this](dpp::socket, const dpp::socket_events&) { RunPosted(); }));
}

EventLoop::~EventLoop() {
  Close();
  close(wake_up_);
}

bool EventLoop::Post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return false;
    posted_.push_back([context = guildscope::tracing::Context::Current(), work = std::move(work)] {
      const guildscope::tracing::ContextScope scope(context);
      work();
    });
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_up_, &one, sizeof one);  // Fails only when it is already awake.
  return true;
}

void EventLoop::RunPosted() {
  thread_ = std::this_thread::get_id();
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = read(wake_up_, &count, sizeof count);
  std::vector<std::function<void()>> posted;
  {
    const std::lock_guard lock(mutex_);
    posted.swap(posted_);
  }
  for (const auto& work : posted) work();
}

void EventLoop::Close() {
  std::vector<std::function<void()>> dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(posted_);
}

}  // namespace disruptor
