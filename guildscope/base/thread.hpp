#pragma once

#include <pthread.h>
#include <signal.h>

#include <thread>
#include <utility>

namespace guildscope {

/// Starts a thread of the library: named in `top` and debuggers (15 characters at most), and with every signal blocked,
/// so that SIGTERM and the like always reach a thread of the program and never interrupt one of ours.
///
/// Throws std::system_error when the machine has no thread left.
template <typename Thread = std::thread, typename Function>
[[nodiscard]] Thread StartThread(const char* name, Function&& function) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  struct Restore {
    sigset_t* mask;
    ~Restore() { pthread_sigmask(SIG_SETMASK, mask, nullptr); }
  } restore{&before};

  Thread thread(std::forward<Function>(function));
  pthread_setname_np(thread.native_handle(), name);
  return thread;
}

}  // namespace guildscope
