#include "apps/disruptor/music/audio/cache_folder.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "apps/disruptor/music/media.hpp"
#include "guildscope/base/uuid.hpp"

namespace disruptor::music {
namespace {

[[noreturn]] void ThrowErrno(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

std::string Sha256(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += kHex[digest[i] >> 4];
    hex += kHex[digest[i] & 0xF];
  }
  return hex;
}

void SyncToDisk(const std::filesystem::path& path, int flags = O_RDONLY) {
  const Descriptor file(open(path.c_str(), flags | O_CLOEXEC));
  if (file.get() < 0 || fsync(file.get()) != 0) ThrowErrno("cannot sync " + path.string());
}

void Rename(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::rename(from, to);
  SyncToDisk(to.parent_path(), O_RDONLY | O_DIRECTORY);
}

Descriptor Lock(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "lock";
  Descriptor lock(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) ThrowErrno("cannot open " + file.string());
  if (flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) ThrowErrno("cannot lock " + file.string());
  throw std::runtime_error("the cache folder " + directory.string() +
                           " is used by another process; each process needs one of its own");
}

/// The folder's id; made when there is none, or none that is whole.
std::string ReadOrMakeId(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "cache-id";
  constexpr std::size_t kUuidSize = 36;
  std::string id;
  std::ifstream(file) >> id;
  if (id.size() == kUuidSize) return id;
  id = guildscope::NewUuid();
  const std::filesystem::path made = directory / "cache-id.new";
  std::ofstream stream(made, std::ios::trunc);
  stream << id << '\n';
  stream.close();
  if (!stream) ThrowErrno("cannot write " + made.string());
  SyncToDisk(made);
  Rename(made, file);
  return id;
}

}  // namespace

Scratch::Scratch(const std::filesystem::path& parent) {
  std::string pattern = parent / "XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) {
    throw MediaError(MediaError::Type::kInternal,
                     errno == ENOSPC ? "The bot has no disk space left." : "The bot cannot write to its disk.");
  }
  path_ = pattern;
}

Scratch::~Scratch() {
  std::error_code ignored;  // what cannot be removed now is removed at the next start
  std::filesystem::remove_all(path_, ignored);
}

CacheFolder::CacheFolder(const std::filesystem::path& directory)
    : directory_(std::filesystem::absolute(directory).lexically_normal()) {
  std::filesystem::create_directories(directory_ / "files");
  lock_ = Lock(directory_);
  std::filesystem::remove_all(scratch());
  std::filesystem::create_directory(scratch());
  id_ = ReadOrMakeId(directory_);
}

std::string CacheFolder::FileOf(std::string_view key) {
  const std::string hash = Sha256(key);
  return "files/" + hash.substr(0, 2) + "/" + hash + ".opus";
}

std::optional<FileStamp> CacheFolder::Stamp(const std::string& file) const {
  struct stat status{};
  if (lstat((directory_ / file).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  const auto nanoseconds = [](const timespec& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; };
  return FileStamp{.bytes = static_cast<std::uint64_t>(status.st_size),
                   .inode = status.st_ino,
                   .modified_ns = nanoseconds(status.st_mtim),
                   .changed_ns = nanoseconds(status.st_ctim)};
}

void CacheFolder::Sync(const std::filesystem::path& file) { SyncToDisk(file); }

void CacheFolder::Take(const std::filesystem::path& from, const std::string& file) const {
  const std::filesystem::path to = directory_ / file;
  if (std::filesystem::create_directory(to.parent_path())) SyncToDisk(directory_ / "files", O_RDONLY | O_DIRECTORY);
  Rename(from, to);
}

bool CacheFolder::Remove(const std::string& file) const noexcept { return unlink((directory_ / file).c_str()) == 0; }

std::vector<std::string> CacheFolder::List() const {
  std::vector<std::string> files;
  for (const auto& folder : std::filesystem::directory_iterator(directory_ / "files")) {
    if (folder.symlink_status().type() != std::filesystem::file_type::directory) continue;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.symlink_status().type() != std::filesystem::file_type::regular) continue;
      files.push_back("files/" + folder.path().filename().string() + "/" + file.path().filename().string());
    }
  }
  return files;
}

std::optional<std::uint64_t> CacheFolder::FreeBytes() const noexcept {
  struct statvfs status{};
  if (statvfs(directory_.c_str(), &status) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

}  // namespace disruptor::music
