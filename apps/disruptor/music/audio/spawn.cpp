#include "apps/disruptor/music/audio/spawn.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "apps/disruptor/music/audio/program.hpp"

namespace disruptor::music {
namespace {

[[noreturn]] void ThrowErrno(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

struct Pipe {
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) ThrowErrno(errno, "cannot make a pipe");
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
  Descriptor read;
  Descriptor write;
};

/// Blocks every signal in this thread while it lives, so that no handler of ours runs in the child.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));  // NOLINT: exec's type
  pointers.push_back(nullptr);
  return pointers;
}

/// All that the child needs, made before the fork: after it nothing may allocate.
struct Plan {
  explicit Plan(const ChildOptions& options_in)
      : options(options_in),
        program(FindProgram(options.command.at(0)).value_or("")),
        arguments(Pointers(options.command)),
        environment(Pointers(options.environment)) {}
  const ChildOptions& options;
  const std::string program;
  const std::vector<char*> arguments;
  const std::vector<char*> environment;
};

bool Limit(__rlimit_resource resource, std::uint64_t limit) noexcept {
  if (limit == 0) return true;
  rlimit both{};
  if (getrlimit(resource, &both) != 0) return false;
  both.rlim_max = std::min<rlim_t>(both.rlim_max, limit);
  both.rlim_cur = both.rlim_max;
  return setrlimit(resource, &both) == 0;
}

/// exec resets handlers, but what was ignored stays ignored. Not by sigaction: glibc 2.41's takes a lock for SIGABRT,
/// which another thread may have held at the fork, and it leaves glibc's own two signals as they are, which make
/// ignores.
void ResetSignals() noexcept {
  constexpr std::array<unsigned long, 4> kDefault{};  // the kernel's struct sigaction: SIG_DFL, no flags, no mask
  constexpr std::size_t kMaskBytes = 8;
  for (int signal = 1; signal < NSIG; ++signal) {
    syscall(SYS_rt_sigaction, signal, kDefault.data(), nullptr, kMaskBytes);
  }
}

/// Runs in the child; async-signal-safe. Comes back, with errno, only when it failed.
void BecomeProgram(const Plan& plan, pid_t parent, int output, int errors) noexcept {
  if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return;
  if (getppid() != parent) _exit(127);  // the parent ended before the line above
  if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) != 0) return;
  ResetSignals();
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);

  const int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (input < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
      dup2(errors, STDERR_FILENO) < 0) {
    return;
  }
  umask(077);
  if (plan.options.niceness > 0 && setpriority(PRIO_PROCESS, 0, plan.options.niceness) != 0) return;
  if (!Limit(RLIMIT_FSIZE, plan.options.max_file_bytes) || !Limit(RLIMIT_DATA, plan.options.max_memory_bytes) ||
      !Limit(RLIMIT_CPU, static_cast<std::uint64_t>(plan.options.max_cpu_time.count()))) {
    return;
  }
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  if (!plan.options.directory.empty() && chdir(plan.options.directory.c_str()) != 0) return;
  execve(plan.program.c_str(), plan.arguments.data(), plan.environment.data());
}

}  // namespace

Spawned Spawn(const ChildOptions& options) {
  Spawned spawned;
  const Plan plan(options);
  if (plan.program.empty()) ThrowErrno(ENOENT, "cannot run " + options.command[0]);
  Pipe output;
  Pipe errors;
  Pipe failure;  // carries errno when the program cannot be run; closed by an exec that succeeds
  const pid_t parent = getpid();
  {
    const SignalsBlocked blocked;
    // _Fork, not fork: handlers that other libraries registered for a fork have no business here, and may wait.
    spawned.pid = _Fork();
    if (spawned.pid == 0) {
      BecomeProgram(plan, parent, output.write.get(), errors.write.get());
      const int error = errno;
      [[maybe_unused]] const ssize_t written = write(failure.write.get(), &error, sizeof error);
      _exit(127);
    }
  }
  if (spawned.pid < 0) ThrowErrno(errno, "cannot run " + options.command[0]);
  failure.write.Close();
  int error = 0;
  while (read(failure.read.get(), &error, sizeof error) < 0 && errno == EINTR) {
  }
  if (error == 0) {
    // By its number: glibc 2.36 declares pidfd_open without extern "C".
    spawned.ended = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, spawned.pid, 0)));
    if (spawned.ended.get() < 0) error = errno;
  }
  if (error != 0) {
    kill(-spawned.pid, SIGKILL);
    waitpid(spawned.pid, nullptr, 0);
    ThrowErrno(error, "cannot run " + options.command[0]);
  }
  spawned.output = std::move(output.read);
  spawned.errors = std::move(errors.read);
  return spawned;
}

}  // namespace disruptor::music
