#include "apps/disruptor/main_events.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <system_error>

namespace disruptor {
namespace {

sigset_t EndingSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

int Check(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return fd;
}

}  // namespace

MainEvents::MainEvents() {
  sigset_t set = EndingSignals();
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = Check(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
  reports_ = Check(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
}

MainEvents::~MainEvents() {
  close(signals_);
  close(reports_);
}

void MainEvents::Report(const Failure& failure) {
  {
    const std::lock_guard lock(mutex_);
    if (failure_) return;
    failure_ = failure;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(reports_, &one, sizeof one);
}

MainEvents::Event MainEvents::Wait() {
  for (;;) {
    std::array<pollfd, 2> fds{{{signals_, POLLIN, 0}, {reports_, POLLIN, 0}}};
    if (poll(fds.data(), fds.size(), -1) < 0) continue;
    signalfd_siginfo info{};
    if (read(signals_, &info, sizeof info) == sizeof info) return {static_cast<int>(info.ssi_signo), {}};
    const std::lock_guard lock(mutex_);
    if (failure_) return {0, *failure_};
  }
}

void MainEvents::EndAtNextSignal() noexcept {
  const sigset_t set = EndingSignals();
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

}  // namespace disruptor
