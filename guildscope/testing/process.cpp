#include "guildscope/testing/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

extern char** environ;

namespace guildscope::testing {
namespace {

using std::chrono::steady_clock;

// A child that ends does not wake a condition variable, so waiting looks again this often.
constexpr std::chrono::milliseconds kLookAgain{10};

struct Pipe {
  int read = -1;
  int write = -1;

  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
    read = ends[0];
    write = ends[1];
  }
};

std::vector<std::string> MakeEnvironment(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!changes.contains(text.substr(0, text.find('=')))) result.push_back(text);
  }
  for (const auto& [name, value] : changes) {
    if (!value.empty()) result.push_back(name + "=" + value);
  }
  return result;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

// Runs in the child between fork and exec: async-signal-safe calls alone. Returns only when the program cannot be run.
void Become(const std::vector<char*>& command, const std::vector<char*>& environment, const char* directory,
            pid_t parent, int output, int errors) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // What the caller listens on must end with the caller's socket, and the child has no use for it.
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (getppid() != parent) _exit(127);  // The parent ended before the line above.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int input = open("/dev/null", O_RDONLY);
  if (input < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
      dup2(errors, STDERR_FILENO) < 0) {
    return;
  }
  if (directory != nullptr && chdir(directory) != 0) return;
  execvpe(command[0], command.data(), environment.data());
}

}  // namespace

Process::Process(ProcessOptions options) {
  if (options.command.empty()) throw std::invalid_argument("the command of a Process is empty");
  name_ = options.command.front();
  std::vector<std::string> variables = MakeEnvironment(options.environment);
  const std::vector<char*> environment = Pointers(variables);
  const std::vector<char*> command = Pointers(options.command);
  const char* directory = options.working_directory.empty() ? nullptr : options.working_directory.c_str();

  Pipe output;
  Pipe errors;
  Pipe failure;  // Carries errno when the program cannot be run; closed by a successful exec.
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    Become(command, environment, directory, parent, output.write, errors.write);
    const int error = errno;
    [[maybe_unused]] const ssize_t written = write(failure.write, &error, sizeof error);
    _exit(127);
  }
  const int fork_error = errno;
  close(output.write);
  close(errors.write);
  close(failure.write);
  int error = 0;
  if (pid_ < 0) {
    error = fork_error;
  } else {
    while (read(failure.read, &error, sizeof error) < 0 && errno == EINTR) {
    }
  }
  close(failure.read);
  if (error != 0) {
    if (pid_ > 0) waitpid(pid_, nullptr, 0);
    close(output.read);
    close(errors.read);
    throw std::system_error(error, std::generic_category(), "cannot run " + name_);
  }
  output_reader_ = std::thread([this, fd = output.read] { Collect(fd, &output_); });
  error_reader_ = std::thread([this, fd = errors.read] { Collect(fd, &errors_); });
}

Process::~Process() {
  {
    const std::lock_guard lock(mutex_);
    // The group also holds what the child started and left behind, which would keep the pipes open.
    kill(-pid_, SIGKILL);
    if (!ended_) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
  }
  output_reader_.join();
  error_reader_.join();
}

void Process::Collect(int fd, std::string* into) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    const std::lock_guard lock(mutex_);
    if (count <= 0) {
      --open_streams_;
      break;
    }
    into->append(buffer.data(), static_cast<std::size_t>(count));
    changed_.notify_all();
  }
  close(fd);
  changed_.notify_all();
}

std::optional<ProcessEnd> Process::Reap() {
  if (ended_) return ended_;
  int status = 0;
  const pid_t reaped = waitpid(pid_, &status, WNOHANG);
  if (reaped != pid_) return std::nullopt;
  if (WIFSIGNALED(status)) {
    ended_ = ProcessEnd{.exit_status = -1, .signal = WTERMSIG(status)};
  } else {
    ended_ = ProcessEnd{.exit_status = WEXITSTATUS(status), .signal = 0};
  }
  return ended_;
}

std::optional<nlohmann::json> Process::FindEvent(const std::string& event) const {
  std::istringstream lines(output_.substr(0, output_.rfind('\n') + 1));  // Whole lines alone.
  for (std::string line; std::getline(lines, line);) {
    auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_object() && json.contains("event") && json["event"] == event) return json;
  }
  return std::nullopt;
}

nlohmann::json Process::WaitForEvent(const std::string& event, std::chrono::milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  std::unique_lock lock(mutex_);
  for (;;) {
    const bool over = open_streams_ == 0 || steady_clock::now() >= deadline;
    if (auto json = FindEvent(event)) return *std::move(json);
    if (over) {
      throw std::runtime_error(name_ + " did not print the event '" + event + "'" +
                               (open_streams_ == 0 ? " before it ended" : " in time") + "; standard output:\n" +
                               output_ + "\nstandard error:\n" + errors_);
    }
    changed_.wait_until(lock, deadline);
  }
}

bool Process::WaitForText(const std::string& text, std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  const auto found = [&] { return output_.find(text) != std::string::npos || errors_.find(text) != std::string::npos; };
  changed_.wait_for(lock, limit, [&] { return open_streams_ == 0 || found(); });
  return found();
}

void Process::Signal(int signal) noexcept {
  const std::lock_guard lock(mutex_);
  if (!Reap()) kill(pid_, signal);
}

std::optional<ProcessEnd> Process::Wait(std::chrono::milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  std::unique_lock lock(mutex_);
  while (!Reap()) {
    if (steady_clock::now() >= deadline) return std::nullopt;
    changed_.wait_for(lock, kLookAgain);
  }
  // What the child started may hold its output open for good; what it wrote itself is there by now, or a moment later.
  changed_.wait_for(lock, std::chrono::seconds(1), [&] { return open_streams_ == 0; });
  return ended_;
}

std::string Process::Output() const {
  const std::lock_guard lock(mutex_);
  return output_;
}

std::string Process::Errors() const {
  const std::lock_guard lock(mutex_);
  return errors_;
}

}  // namespace guildscope::testing
