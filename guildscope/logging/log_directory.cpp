#include "guildscope/logging/log_directory.hpp"

#include <fcntl.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace guildscope::logging {
namespace {

constexpr auto kBetweenAttempts = std::chrono::seconds(1);

std::string Reason(int error) { return std::generic_category().message(error); }

/// Whoever holds the lock wrote its process id into the file.
std::string OwnerOf(int lock) {
  char text[16] = {};
  const ssize_t size = pread(lock, text, sizeof(text) - 1, 0);
  const std::string digits(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  return digits.empty() ? "another process" : "process " + digits;
}

/// A descriptor that holds the lock until it is closed, or until the process ends in whatever way.
int Lock(const std::string& directory) {
  const std::string path = directory + "/.lock";
  const int lock = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) throw std::runtime_error("log directory '" + directory + "' cannot be written: " + Reason(errno));
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const std::string reason = error == EWOULDBLOCK ? "is in use by " + OwnerOf(lock) + "; give each its own"
                                                    : "cannot be locked: " + Reason(error);
    close(lock);
    throw std::runtime_error("log directory '" + directory + "' " + reason);
  }
  const std::string pid = std::to_string(getpid());
  if (ftruncate(lock, 0) != 0 || pwrite(lock, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    const int error = errno;
    close(lock);
    throw std::runtime_error("log directory '" + directory + "' cannot be written: " + Reason(error));
  }
  return lock;
}

}  // namespace

LogFile::LogFile(std::string path, std::size_t count, std::size_t max_bytes, const Clock& clock)
    : path_(std::move(path)), count_(count), max_bytes_(max_bytes), clock_(clock) {}

LogFile::~LogFile() = default;

void LogFile::Open() {
  // spdlog counts the rotated files alone, without the current one.
  sink_ = std::make_unique<spdlog::sinks::rotating_file_sink_st>(path_, max_bytes_, count_ - 1);
  sink_->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
}

void LogFile::Write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  try {
    if (!sink_) {
      if (clock_.SteadyNow() < next_attempt_) throw std::runtime_error("log file '" + path_ + "' cannot be written");
      Open();
    }
    sink_->log(spdlog::details::log_msg({}, spdlog::level::info, {line.data(), line.size()}));
    sink_->flush();
  } catch (...) {
    sink_.reset();
    next_attempt_ = clock_.SteadyNow() + kBetweenAttempts;
    throw;
  }
}

void LogFile::Close() noexcept {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  sink_.reset();
}

LogDirectory::LogDirectory(std::string path, std::size_t count, std::size_t max_bytes, const Clock& clock)
    : path_(std::move(path)), count_(count), max_bytes_(max_bytes), clock_(clock) {
  std::error_code error;
  std::filesystem::create_directories(path_, error);
  if (error) throw std::runtime_error("log directory '" + path_ + "' cannot be made: " + error.message());
  lock_ = Lock(path_);
}

LogDirectory::~LogDirectory() { Close(); }

std::shared_ptr<LogFile> LogDirectory::FileOf(std::string_view logger) {
  const std::string name = LogFileName(logger);
  std::shared_ptr<LogFile>& file = files_[name];
  if (!file) file = std::make_shared<LogFile>(path_ + "/" + name, count_, max_bytes_, clock_);
  return file;
}

void LogDirectory::Close() noexcept {
  for (const auto& [name, file] : files_) {
    if (file) file->Close();
  }
  if (lock_ >= 0) close(std::exchange(lock_, -1));
}

std::string LogFileName(std::string_view logger) {
  std::string name;
  for (const char c : logger) {
    const bool kept = std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
    name += kept ? c : '_';
  }
  if (name.empty() || name.front() == '.') name.insert(name.begin(), '_');
  // `music.1` would be written where `music` rotates to.
  const std::size_t dot = name.rfind('.');
  if (dot != std::string::npos && std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dot) + 1, name.end(),
                                              [](char c) { return std::isdigit(static_cast<unsigned char>(c)); })) {
    name[dot] = '_';
  }
  constexpr std::size_t kLongest = 200;  // a file name has 255 bytes, and rotation adds some
  if (name.size() > kLongest) name.resize(kLongest);
  return name + ".log";
}

}  // namespace guildscope::logging
