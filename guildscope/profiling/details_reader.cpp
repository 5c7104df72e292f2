#include "guildscope/profiling/details_reader.hpp"

#include <dirent.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <memory>

#include "guildscope/profiling/proc_file.hpp"

namespace guildscope::profiling {
namespace {

std::optional<std::uint64_t> ReadUnique(const std::string& self) {
  const auto rollup = ReadFile(self + "/smaps_rollup");
  if (!rollup) return std::nullopt;
  const auto clean = FindNumber(*rollup, "Private_Clean");
  const auto dirty = FindNumber(*rollup, "Private_Dirty");
  if (!clean || !dirty) return std::nullopt;
  return *clean + *dirty + FindNumber(*rollup, "Private_Hugetlb").value_or(0);
}

std::optional<std::uint64_t> CountFileDescriptors(const std::string& self) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir((self + "/fd").c_str()), closedir);
  if (!folder) return std::nullopt;
  std::uint64_t count = 0;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): glibc's is safe for one stream a thread
  for (const dirent* entry = readdir(folder.get()); entry != nullptr; entry = readdir(folder.get())) {
    if (entry->d_name[0] != '.') ++count;
  }
  // The kernel's own list shows the descriptor that reads it.
  struct statfs filesystem{};
  const bool lists_itself = fstatfs(dirfd(folder.get()), &filesystem) == 0 && filesystem.f_type == PROC_SUPER_MAGIC;
  return lists_itself && count > 0 ? count - 1 : count;
}

}  // namespace

DetailsReader::DetailsReader(const std::string& proc_root) : self_(proc_root + "/self"), stacks_(proc_root) {}

ProcessDetails DetailsReader::Read() {
  ProcessDetails details;
  details.unique = ReadUnique(self_);
  details.file_descriptors = CountFileDescriptors(self_);
  details.heap = ReadHeap();
  if (details.heap) details.total_allocated = allocated_.Update(details.heap->alloc);
  details.stacks = stacks_.Read();
  return details;
}

}  // namespace guildscope::profiling
