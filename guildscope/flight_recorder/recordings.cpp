#include "guildscope/flight_recorder/recordings.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "guildscope/flight_recorder/file_names.hpp"
#include "guildscope/flight_recorder/format.hpp"

namespace guildscope::flight {
namespace {

std::runtime_error Failure(int error) { return std::runtime_error(std::generic_category().message(error)); }

/// Closed with its scope, unless it is released.
class File {
 public:
  explicit File(int fd) noexcept : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] int Release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// Whether the process that records lives, or somebody reads what it left.
bool IsHeld(const std::filesystem::path& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw Failure(errno);
  return flock(file.get(), LOCK_SH | LOCK_NB) != 0;
}

}  // namespace

std::optional<ClaimedRecording> ClaimedRecording::Claim(const std::filesystem::path& path) {
  File file(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (file.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    throw Failure(errno);
  }
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) return std::nullopt;
  // Whoever had it a moment ago may have settled it.
  struct stat opened{};
  struct stat named{};
  if (fstat(file.get(), &opened) != 0 || stat(path.c_str(), &named) != 0 || opened.st_ino != named.st_ino) {
    return std::nullopt;
  }
  return ClaimedRecording(path, file.Release(), ReadRecording(path));
}

ClaimedRecording::ClaimedRecording(std::filesystem::path file, int fd, Recording recording)
    : file_(std::move(file)), fd_(fd), recording_(std::move(recording)) {}

ClaimedRecording::ClaimedRecording(ClaimedRecording&& other) noexcept
    : file_(std::move(other.file_)), fd_(std::exchange(other.fd_, -1)), recording_(std::move(other.recording_)) {}

ClaimedRecording::~ClaimedRecording() {
  if (fd_ >= 0) close(fd_);
}

void ClaimedRecording::MarkDelivered(const RecordedItem& item) noexcept {
  recording_.items[static_cast<std::size_t>(&item - recording_.items.data())].delivered = true;
  const auto at = static_cast<off_t>(item.offset);
  std::uint64_t place = 0;
  if (pread(fd_, &place, sizeof place, at) != sizeof place) return;
  place |= format::kDelivered;
  // A mark that is missing makes a record arrive twice; nothing else.
  [[maybe_unused]] const auto written = pwrite(fd_, &place, sizeof place, at);
}

void ClaimedRecording::MarkReported() noexcept {
  recording_.reported = true;
  constexpr std::uint32_t kReported = 1;
  [[maybe_unused]] const auto written = pwrite(fd_, &kReported, sizeof kReported, offsetof(format::Header, reported));
}

void ClaimedRecording::Settle() noexcept {
  std::error_code error;
  const bool says_something = !recording_.ended_cleanly && (!recording_.items.empty() || recording_.crash);
  if (says_something) std::filesystem::rename(file_, file_.parent_path() / kLastExported, error);
  if (!says_something || error) std::filesystem::remove(file_, error);
}

std::vector<std::filesystem::path> RecordingFiles(const std::filesystem::path& directory) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (auto at = std::filesystem::directory_iterator(directory, error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const std::filesystem::path& path = at->path();
    if (path.extension() == kExtension && path.filename() != kLastExported) files.push_back(path);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw std::runtime_error("cannot read the directory '" + directory.string() + "': " + error.message());
  }
  const auto began = [](const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    return std::make_pair(std::strtoull(name.substr(std::min(name.find('-') + 1, name.size())).c_str(), nullptr, 10),
                          name);
  };
  std::sort(files.begin(), files.end(), [&](const auto& a, const auto& b) { return began(a) < began(b); });
  return files;
}

void RemoveUnfinished(const std::filesystem::path& directory) noexcept {
  std::error_code error;
  for (auto at = std::filesystem::directory_iterator(directory, error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    if (!at->path().native().ends_with(std::string(kExtension) + kUnfinished)) continue;
    const File file(open(at->path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    struct stat status{};
    // An empty one may be about to be locked.
    if (file.get() < 0 || fstat(file.get(), &status) != 0 || status.st_size == 0) continue;
    if (flock(file.get(), LOCK_EX | LOCK_NB) == 0) unlink(at->path().c_str());
  }
}

std::vector<FoundRecording> ListRecordings(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files = RecordingFiles(directory);
  std::error_code error;
  if (std::filesystem::exists(directory / kLastExported, error)) {
    files.insert(files.begin(), directory / kLastExported);
  }
  std::vector<FoundRecording> found;
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    FoundRecording one;
    one.file = *file;
    try {
      const bool held = IsHeld(*file);
      one.recording = ReadRecording(*file);
      const bool exported = file->filename() == kLastExported;
      one.state = exported ? FoundRecording::State::kExported
                  : held   ? FoundRecording::State::kRunning
                           : FoundRecording::State::kWaiting;
    } catch (const std::exception& exception) {
      one.problem = exception.what();
    }
    found.push_back(std::move(one));
  }
  return found;
}

}  // namespace guildscope::flight
