#include "guildscope/profiling/heap_reader.hpp"

#include <malloc.h>
#include <stdio.h>  // NOLINT(modernize-deprecated-headers): fopencookie

#include <algorithm>
#include <cstdlib>
#include <string>

#include "guildscope/profiling/proc_file.hpp"

namespace guildscope::profiling {
namespace {

constexpr std::size_t kTail = 1024;  // the totals after the last heap take about 350 bytes
// More than the size from which glibc maps a block can become: freeing it does not move that.
constexpr std::size_t kLargeBlock = 33U * 1024U * 1024U;
constexpr std::string_view kHeapEnd = "</heap>";

/// The size of the element `<kind type="type" ... size="123"/>`.
std::optional<std::uint64_t> FindSize(std::string_view xml, std::string_view kind, std::string_view type) {
  const std::string start = "<" + std::string(kind) + " type=\"" + std::string(type) + "\"";
  const std::size_t found = xml.find(start);
  if (found == std::string_view::npos) return std::nullopt;
  std::string_view element = xml.substr(found, xml.find('>', found) - found);
  constexpr std::string_view kSize = "size=\"";
  const std::size_t size = element.find(kSize);
  if (size == std::string_view::npos) return std::nullopt;
  element.remove_prefix(size + kSize.size());
  return ParseNumber(element.substr(0, element.find('"')));
}

/// Keeps the end of what is written: the part on each arena may be long, and is not needed.
ssize_t KeepTail(void* cookie, const char* data, std::size_t size) {
  auto& tail = *static_cast<std::string*>(cookie);
  try {
    tail.append(data, size);
    if (tail.size() > kTail) tail.erase(0, tail.size() - kTail);
  } catch (...) {
    return 0;
  }
  return static_cast<ssize_t>(size);
}

std::string MallocInfo() {
  std::string tail;
  FILE* const stream = fopencookie(&tail, "w", {.read = nullptr, .write = KeepTail, .seek = nullptr, .close = nullptr});
  if (stream == nullptr) return {};
  malloc_info(0, stream);
  std::fclose(stream);
  return tail;
}

/// Whether malloc is the C library's: a large block must show among what it has handed out. It is never touched, so it
/// costs no memory.
bool GlibcServesMalloc() {
  // Three times: another thread may free as much meanwhile.
  for (int i = 0; i < 3; ++i) {
    const auto before = ParseMallocInfo(MallocInfo());
    void* volatile block = std::malloc(kLargeBlock);  // NOLINT(cppcoreguidelines-no-malloc): it is about malloc
    const auto after = ParseMallocInfo(MallocInfo());
    const bool refused = block == nullptr;
    std::free(block);  // NOLINT(cppcoreguidelines-no-malloc)
    if (!before || !after) return false;
    if (refused || after->alloc >= before->alloc + kLargeBlock / 2) return true;
  }
  return false;
}

}  // namespace

std::optional<HeapValues> ParseMallocInfo(std::string_view xml) {
  const std::size_t last_heap = xml.rfind(kHeapEnd);
  if (last_heap == std::string_view::npos) return std::nullopt;
  xml.remove_prefix(last_heap + kHeapEnd.size());
  const auto fast = FindSize(xml, "total", "fast");
  const auto rest = FindSize(xml, "total", "rest");
  const auto mapped = FindSize(xml, "total", "mmap");
  const auto current = FindSize(xml, "system", "current");
  const auto most = FindSize(xml, "system", "max");
  if (!fast || !rest || !mapped || !current || !most) return std::nullopt;
  HeapValues values;
  values.sys = *current + *mapped;
  values.idle = std::min(*fast + *rest, values.sys);
  values.alloc = values.sys - values.idle;
  values.released = *most - std::min(*current, *most);
  return values;
}

std::optional<HeapValues> ReadHeap() {
  static const bool glibc = GlibcServesMalloc();
  if (!glibc) return std::nullopt;
  return ParseMallocInfo(MallocInfo());
}

}  // namespace guildscope::profiling
