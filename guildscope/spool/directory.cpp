#include "guildscope/spool/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <memory>
#include <system_error>

#include "guildscope/spool/segment_reader.hpp"

namespace guildscope::spool {
namespace {

constexpr std::size_t kNumberDigits = 20;
constexpr const char* kLockName = "lock";

/// `00000000000000000042.traces`: the number and the lane.
bool ParseName(std::string_view name, std::uint64_t& number, std::string& lane) {
  if (name.size() <= kNumberDigits + 1 || name[kNumberDigits] != '.') return false;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kNumberDigits, number);
  if (error != std::errc() || end != name.data() + kNumberDigits) return false;
  lane = name.substr(kNumberDigits + 1);
  return lane.find('.') == lane.npos;
}

/// Reads all headers. Returns an errno.
int Look(int folder, const std::string& name, FoundSegment& segment) {
  auto file = std::make_shared<File>();
  if (const int error = File::Open(folder, name, O_RDONLY, *file); error != 0) return error;
  if (const int error = file->Size(segment.bytes); error != 0) return error;
  std::string bytes;
  if (const int error = file->ReadAt(0, kSegmentHeaderBytes, bytes); error != 0) return error;
  if (const auto header = ParseSegmentHeader(bytes)) {
    segment.first_record = header->first_record;
    segment.items_before = header->items_before;
    segment.created = header->created;
    segment.other_version = header->version != kFormatVersion;
    if (segment.other_version) return 0;
  } else {
    ++segment.damaged;
  }
  SegmentReader reader(file);
  std::optional<RecordHeader> record;
  while (true) {
    if (const int error = reader.Next(segment.bytes, record); error != 0) return error;
    if (!record) break;
    if (!segment.first) segment.first = record;
    segment.last = record;
  }
  segment.damaged += reader.damaged();
  if (segment.first_record == 0 && segment.first) {
    segment.first_record = segment.first->number;
    segment.items_before = segment.first->items_before;
    segment.created = segment.first->time;
  }
  return 0;
}

long ReadHolder(const File& lock) {
  std::string text;
  long holder = 0;
  if (lock.ReadAt(0, 32, text) == 0) std::from_chars(text.data(), text.data() + text.size(), holder);
  return holder;
}

}  // namespace

std::string SegmentName(std::uint64_t number, const std::string& lane) {
  const std::string digits = std::to_string(number);
  return std::string(kNumberDigits - std::min(kNumberDigits, digits.size()), '0') + digits + '.' + lane;
}

std::string PositionName(const std::string& lane) { return lane + ".position"; }

int FindSegments(int folder, std::vector<FoundSegment>& segments) {
  const int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return errno;
  struct Close {
    void operator()(DIR* open) const noexcept { closedir(open); }
  };
  const std::unique_ptr<DIR, Close> listing(fdopendir(copy));
  if (!listing) {
    const int error = errno;
    close(copy);
    return error;
  }
  while (const dirent* entry = readdir(listing.get())) {
    FoundSegment segment;
    if (!ParseName(entry->d_name, segment.number, segment.lane)) continue;
    const int error = Look(folder, entry->d_name, segment);
    if (error == EMFILE || error == ENFILE || error == ENOMEM) return error;
    if (error == 0) segments.push_back(std::move(segment));
  }
  std::ranges::sort(segments, {}, &FoundSegment::number);
  return 0;
}

std::optional<Position> ReadPosition(int folder, const std::string& lane) {
  File file;
  std::string bytes;
  if (File::Open(folder, PositionName(lane), O_RDONLY, file) != 0) return std::nullopt;
  if (file.ReadAt(0, 2 * kPositionBytes, bytes) != 0) return std::nullopt;
  const auto first = ParsePosition(bytes);
  const auto second = ParsePosition(std::string_view(bytes).substr(std::min(bytes.size(), kPositionBytes)));
  if (first && second) return first->generation > second->generation ? first : second;
  return first ? first : second;
}

int OpenFolder(const std::string& path, File& folder) {
  std::error_code error;
  const std::filesystem::path whole(path);
  if (whole.has_parent_path()) std::filesystem::create_directories(whole.parent_path(), error);
  constexpr mode_t kOwnerOnly = 0700;
  if (mkdir(path.c_str(), kOwnerOnly) != 0 && errno != EEXIST) return errno;
  const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  folder = File(descriptor);
  return 0;
}

int Lock(int folder, File& lock, long& holder) {
  holder = 0;
  if (const int error = File::Open(folder, kLockName, O_RDWR | O_CREAT, lock); error != 0) return error;
  if (flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    holder = ReadHolder(lock);
    lock = File();
    return error;
  }
  // For people, and for the message of the next one; what is locked is the file, whatever it says.
  const std::string id = std::to_string(getpid()) + "\n";
  (void)lock.Truncate(0);
  (void)lock.WriteAt(0, id);
  return 0;
}

bool IsLocked(int folder, long& holder) {
  File lock;
  holder = 0;
  if (File::Open(folder, kLockName, O_RDONLY, lock) != 0) return false;
  if (flock(lock.get(), LOCK_SH | LOCK_NB) == 0) return false;
  holder = ReadHolder(lock);
  return true;
}

}  // namespace guildscope::spool
