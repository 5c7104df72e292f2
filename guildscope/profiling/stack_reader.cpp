#include "guildscope/profiling/stack_reader.hpp"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "guildscope/profiling/proc_file.hpp"

namespace guildscope::profiling {
namespace {

struct Mapping {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  bool of_main_thread = false;  ///< The kernel's: it grows, and is never merged.
};

/// A line of /proc/self/maps: `7f00-7f10 rw-p 00000000 00:00 0   [stack]`. Nothing for a mapping of a file.
std::optional<Mapping> ParseMapping(std::string_view line) {
  const std::string_view range = NextWord(line);
  for (int skipped = 0; skipped < 4; ++skipped) NextWord(line);
  const std::string_view name = NextWord(line);
  if (!name.empty() && name != "[stack]") return std::nullopt;
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto begin = ParseNumber(range.substr(0, dash), 16);
  const auto end = ParseNumber(range.substr(dash + 1), 16);
  if (!begin || !end || *end <= *begin) return std::nullopt;
  return Mapping{*begin, *end, !name.empty()};
}

/// /proc/self/task/TID/syscall ends with the stack pointer and the program counter; a thread that runs has neither.
std::optional<std::uintptr_t> ParseStackPointer(std::string_view text) {
  std::string_view line = NextLine(text);
  std::string_view pointer;
  std::string_view last;
  for (std::string_view word = NextWord(line); !word.empty(); word = NextWord(line)) {
    pointer = std::exchange(last, word);
  }
  if (!pointer.starts_with("0x")) return std::nullopt;
  return ParseNumber(pointer.substr(2), 16);
}

}  // namespace

StackReader::StackReader(std::string proc_root, Resident resident, std::size_t default_size)
    : self_(std::move(proc_root) + "/self"), resident_(std::move(resident)), default_size_(default_size) {}

bool StackReader::FindStackPointers() {
  std::error_code error;
  std::filesystem::directory_iterator threads(self_ + "/task", error);
  if (error) return false;
  std::map<std::string, std::uintptr_t> found;
  for (; threads != std::filesystem::directory_iterator(); threads.increment(error)) {
    std::string id = threads->path().filename();
    const auto text = ReadFile(threads->path() / "syscall");
    if (!text) continue;  // it has ended
    if (const auto pointer = ParseStackPointer(*text)) {
      found.emplace(std::move(id), *pointer);
    } else if (const auto known = pointers_.find(id); known != pointers_.end()) {
      found.insert(*known);
    }
  }
  pointers_ = std::move(found);
  return true;
}

std::optional<StackValues> StackReader::Read() {
  // The thread that reads has one for certain, where the kernel tells them at all.
  if (!FindStackPointers() || pointers_.empty()) return std::nullopt;
  const auto maps = ReadFile(self_ + "/maps");
  if (!maps) return std::nullopt;
  std::set<std::uintptr_t> pointers;
  for (const auto& [thread, pointer] : pointers_) pointers.insert(pointer);

  StackValues values;
  for (std::string_view text = *maps; !text.empty();) {
    auto mapping = ParseMapping(NextLine(text));
    if (!mapping) continue;
    const auto pointer = pointers.lower_bound(mapping->begin);
    if (pointer == pointers.end() || *pointer >= mapping->end) continue;
    const std::uintptr_t usual_end = mapping->begin + default_size_;
    if (!mapping->of_main_thread && *pointer < usual_end) mapping->end = std::min(mapping->end, usual_end);
    values.reserved += mapping->end - mapping->begin;
    values.resident += resident_(mapping->begin, mapping->end);
  }
  return values;
}

std::uint64_t StackReader::CountResident(std::uintptr_t begin, std::uintptr_t end) {
  static const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((end - begin + page - 1) / page);
  // An address, not an object: whatever is there, nothing is read from it.
  if (mincore(reinterpret_cast<void*>(begin), end - begin, pages.data()) != 0) return 0;  // NOLINT
  return static_cast<std::uint64_t>(std::ranges::count_if(pages, [](unsigned char p) { return (p & 1U) != 0; })) * page;
}

std::size_t StackReader::DefaultSize() {
  constexpr std::size_t kUsual = 8U * 1024U * 1024U;
  pthread_attr_t attributes;
  if (pthread_getattr_default_np(&attributes) != 0) return kUsual;
  std::size_t size = 0;
  if (pthread_attr_getstacksize(&attributes, &size) != 0 || size == 0) size = kUsual;
  pthread_attr_destroy(&attributes);
  return size;
}

}  // namespace guildscope::profiling
