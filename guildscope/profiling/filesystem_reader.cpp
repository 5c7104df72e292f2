#include "guildscope/profiling/filesystem_reader.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "guildscope/profiling/proc_file.hpp"

namespace guildscope::profiling {
namespace {

struct Mount {
  std::string device;  // `major:minor`
  std::string mountpoint;
  std::string type;
};

/// `/mnt/my\040disk`: the kernel writes blanks, line ends and backslashes as three octal digits.
std::string Unescape(std::string_view text) {
  const auto is_octal = [](char c) { return c >= '0' && c <= '7'; };
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view digits = text.substr(i + 1, 3);
    if (text[i] == '\\' && digits.size() == 3 && std::ranges::all_of(digits, is_octal)) {
      plain += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
      i += digits.size();
    } else {
      plain += text[i];
    }
  }
  return plain;
}

/// A line of /proc/self/mountinfo: `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`.
std::optional<Mount> ParseMount(std::string_view line) {
  Mount mount;
  NextWord(line);
  NextWord(line);
  mount.device = NextWord(line);
  NextWord(line);
  mount.mountpoint = Unescape(NextWord(line));
  std::string_view word = NextWord(line);
  while (!word.empty() && word != "-") word = NextWord(line);
  mount.type = NextWord(line);
  if (mount.type.empty()) return std::nullopt;
  return mount;
}

/// The types that /proc/filesystems lists without `nodev`, but for those that are full by nature.
std::set<std::string, std::less<>> LocalTypes(std::string_view filesystems) {
  std::set<std::string, std::less<>> types{"zfs"};
  while (!filesystems.empty()) {
    std::string_view line = NextLine(filesystems);
    const std::string_view type = NextWord(line);
    if (type != "nodev") types.emplace(type);
  }
  for (const auto* full : {"squashfs", "iso9660", "erofs", "cramfs", "udf"}) types.erase(full);
  return types;
}

bool IsOnTheNetwork(std::string_view type) {
  return type.starts_with("nfs") || type.starts_with("fuse.") || type == "cifs" || type == "smb3" || type == "ceph" ||
         type == "afs";
}

}  // namespace

FilesystemReader::FilesystemReader(std::string proc_root, Measure measure)
    : proc_root_(std::move(proc_root)), measure_(std::move(measure)) {}

std::vector<FilesystemValues> FilesystemReader::Read() const {
  const auto mounts_text = ReadFile(proc_root_ + "/self/mountinfo");
  if (!mounts_text) return {};
  const auto types = LocalTypes(ReadFile(proc_root_ + "/filesystems").value_or(""));
  std::vector<Mount> mounts;
  for (std::string_view text = *mounts_text; !text.empty();) {
    auto mount = ParseMount(NextLine(text));
    if (!mount) continue;
    // What is mounted on top of another hides it.
    std::erase_if(mounts, [&](const Mount& hidden) { return hidden.mountpoint == mount->mountpoint; });
    mounts.push_back(std::move(*mount));
  }
  // A root that was changed (chroot) is a folder of a filesystem that is mounted somewhere out of sight.
  if (std::ranges::find(mounts, "/", &Mount::mountpoint) == mounts.end()) mounts.push_back({"", "/", ""});
  std::erase_if(mounts, [&](const Mount& mount) {
    return mount.mountpoint == "/" ? IsOnTheNetwork(mount.type) : !types.contains(mount.type);
  });
  std::ranges::sort(mounts, {},
                    [](const Mount& mount) { return std::pair(mount.mountpoint.size(), mount.mountpoint); });

  std::vector<FilesystemValues> all;
  std::set<std::string> told;
  for (const Mount& mount : mounts) {
    if (told.contains(mount.device)) continue;
    auto values = measure_(mount.mountpoint);
    if (!values) continue;
    told.insert(mount.device);
    all.push_back(std::move(*values));
  }
  return all;
}

std::optional<FilesystemValues> FilesystemReader::MeasureFilesystem(const std::string& mountpoint) {
  struct stat place{};
  struct statvfs space{};
  // Containers have single files mounted from their host's disk.
  if (stat(mountpoint.c_str(), &place) != 0 || !S_ISDIR(place.st_mode)) return std::nullopt;
  if (statvfs(mountpoint.c_str(), &space) != 0 || space.f_blocks == 0) return std::nullopt;
  const std::uint64_t block = space.f_frsize;
  return FilesystemValues{mountpoint, (space.f_blocks - space.f_bfree) * block, space.f_bavail * block};
}

}  // namespace guildscope::profiling
