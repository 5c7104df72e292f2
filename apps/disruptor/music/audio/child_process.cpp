#include "apps/disruptor/music/audio/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>
#include <utility>

#include "apps/disruptor/music/audio/spawn.hpp"

namespace disruptor::music {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// Reads a pipe that does not block, keeping the end of what comes.
class Stream {
 public:
  Stream(Descriptor descriptor, std::size_t kept) : descriptor_(std::move(descriptor)), kept_(kept) {
    fcntl(descriptor_.get(), F_SETFL, O_NONBLOCK);
  }

  /// As much as there is, but no more than a pipe holds, so that a flood does not keep us here.
  void Read() {
    std::array<char, 65'536> buffer;
    const ssize_t count = read(descriptor_.get(), buffer.data(), buffer.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
      descriptor_.Close();
      return;
    }
    total_ += static_cast<std::uint64_t>(count);
    text_.append(buffer.data(), static_cast<std::size_t>(count));
    if (text_.size() > 2 * kept_) text_.erase(0, text_.size() - kept_);
  }

  [[nodiscard]] std::string Take() {
    // What is still in the pipe of a program that has ended.
    for (int i = 0; i < 2 && descriptor_.get() >= 0; ++i) Read();
    if (text_.size() > kept_) text_.erase(0, text_.size() - kept_);
    return std::move(text_);
  }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }
  [[nodiscard]] std::uint64_t total() const noexcept { return total_; }

 private:
  Descriptor descriptor_;
  const std::size_t kept_;
  std::uint64_t total_ = 0;
  std::string text_;
};

class Child {
 public:
  explicit Child(const ChildOptions& options);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  ChildResult Wait(const std::stop_token& stop);

 private:
  bool Poll(int stop_descriptor, SteadyClock::time_point until);
  std::optional<ChildResult::End> Verdict(const std::stop_token& stop, SteadyClock::time_point limit) const;
  bool Terminate();
  void Reap(ChildResult& result);

  const ChildOptions& options_;
  Spawned spawned_;
  Stream output_;
  Stream errors_;
  bool ended_ = false;
  bool reaped_ = false;
};

Child::Child(const ChildOptions& options)
    : options_(options),
      spawned_(Spawn(options)),
      output_(std::move(spawned_.output), options.kept_output),
      errors_(std::move(spawned_.errors), options.kept_output) {}

Child::~Child() {
  if (reaped_) return;
  kill(-spawned_.pid, SIGKILL);
  if (!ended_) waitpid(spawned_.pid, nullptr, WNOHANG);
}

/// Waits for something to happen; true when the program has ended.
bool Child::Poll(int stop_descriptor, SteadyClock::time_point until) {
  const auto left = std::clamp<SteadyClock::duration>(until - SteadyClock::now(), SteadyClock::duration::zero(),
                                                      std::chrono::hours(1));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
  const timespec timeout{static_cast<time_t>(seconds.count()),
                         static_cast<long>(std::chrono::nanoseconds(left - seconds).count())};
  // A negative descriptor is passed over.
  std::array<pollfd, 4> waiting{{{spawned_.ended.get(), POLLIN, 0},
                                 {output_.descriptor(), POLLIN, 0},
                                 {errors_.descriptor(), POLLIN, 0},
                                 {stop_descriptor, POLLIN, 0}}};
  if (ppoll(waiting.data(), waiting.size(), &timeout, nullptr) <= 0) return false;
  if (waiting[1].revents != 0) output_.Read();
  if (waiting[2].revents != 0) errors_.Read();
  ended_ = waiting[0].revents != 0;
  return ended_;
}

/// Why it must not go on, if it must not.
std::optional<ChildResult::End> Child::Verdict(const std::stop_token& stop, SteadyClock::time_point limit) const {
  if (stop.stop_requested()) return ChildResult::End::kStopped;
  if (output_.total() + errors_.total() > options_.max_output) return ChildResult::End::kTooMuchOutput;
  if (SteadyClock::now() >= limit) return ChildResult::End::kTimeLimit;
  return std::nullopt;
}

ChildResult Child::Wait(const std::stop_token& stop) {
  const auto limit = SteadyClock::now() + options_.time_limit;
  const Descriptor wake(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (wake.get() < 0) throw std::system_error(errno, std::generic_category(), "cannot make an eventfd");
  ChildResult result{.pid = spawned_.pid};
  std::optional<ChildResult::End> verdict;
  {
    const std::stop_callback on_stop(stop, [&wake] { eventfd_write(wake.get(), 1); });
    while (!(verdict = Verdict(stop, limit)) && !Poll(wake.get(), limit)) {
    }
  }
  if (verdict && !Terminate()) {
    result.end = *verdict;
    return result;
  }
  Reap(result);
  if (verdict) result.end = *verdict;
  return result;
}

/// False when even SIGKILL does not end it.
bool Child::Terminate() {
  for (const int signal : {SIGTERM, SIGKILL}) {
    kill(-spawned_.pid, signal);
    const auto until = SteadyClock::now() + options_.grace;
    while (SteadyClock::now() < until) {
      if (Poll(-1, until)) return true;
    }
  }
  return false;
}

void Child::Reap(ChildResult& result) {
  // Before it is reaped, since its number, and so its group's, is nobody else's until then.
  kill(-spawned_.pid, SIGKILL);
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(spawned_.ended.get()), &info, WEXITED) != 0) {
    if (errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "cannot wait for " + options_.command[0]);
  }
  reaped_ = true;
  if (info.si_code == CLD_EXITED) {
    result.exit_status = info.si_status;
  } else {
    result.end = ChildResult::End::kSignalled;
    result.signal = info.si_status;
  }
  result.output = output_.Take();
  result.errors = errors_.Take();
}

}  // namespace

ChildResult RunChild(const ChildOptions& options, const std::stop_token& stop) {
  if (options.command.empty()) throw std::invalid_argument("the command of a child process is empty");
  return Child(options).Wait(stop);
}

}  // namespace disruptor::music
