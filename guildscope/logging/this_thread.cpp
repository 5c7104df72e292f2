#include "guildscope/logging/this_thread.hpp"

#include <pthread.h>
#include <unistd.h>

namespace guildscope::logging {
namespace {

struct Known {
  std::int64_t id = 0;
  std::chrono::system_clock::time_point asked;
  char name[16] = {};
};
constinit thread_local Known known;

}  // namespace

ThreadIdentity ThisThread(std::chrono::system_clock::time_point now) noexcept {
  if (known.id == 0 || now - known.asked >= std::chrono::seconds(1) || now < known.asked) {
    known.id = gettid();
    known.asked = now;
    pthread_getname_np(pthread_self(), known.name, sizeof(known.name));
  }
  return {known.id, known.name};
}

}  // namespace guildscope::logging
