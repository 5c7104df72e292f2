#include "guildscope/instrumentation/database/library_code.hpp"

#include <link.h>

#include <utility>

namespace guildscope::database {

LibraryCode::LibraryCode(const void* function) noexcept {
  std::pair search(this, reinterpret_cast<std::uintptr_t>(function));
  dl_iterate_phdr(
      [](dl_phdr_info* object, std::size_t, void* data) {
        const auto& [self, inside] = *static_cast<decltype(search)*>(data);
        return self->TakeSegmentOf(*object, inside) ? 1 : 0;
      },
      &search);
}

bool LibraryCode::TakeSegmentOf(const dl_phdr_info& object, std::uintptr_t function) noexcept {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const auto& segment = object.dlpi_phdr[i];
    const std::uintptr_t begin = object.dlpi_addr + segment.p_vaddr;
    if (segment.p_type != PT_LOAD || function - begin >= segment.p_memsz) continue;
    begin_ = begin;
    size_ = segment.p_memsz;
    return true;
  }
  return false;
}

}  // namespace guildscope::database
