#pragma once

#include <csignal>

/// SIGINT and SIGTERM, blocked in the thread that makes this and in all that it starts from then on, to be waited for.
/// Make it before there are other threads.
class EndingSignals {
 public:
  EndingSignals() noexcept {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  /// Returns when one of them has come.
  void Wait() const noexcept {
    int signal = 0;
    sigwait(&signals_, &signal);
  }

 private:
  sigset_t signals_{};
};
