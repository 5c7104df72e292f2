#pragma once

#include <cstddef>
#include <cstdint>

struct dl_phdr_info;

namespace guildscope::database {

/// Where the code of a shared library lies, to tell its own calls of a function from those of the program. Whether a
/// library's own calls arrive at a definition that stands in front of it depends on how it was linked; Debian's
/// libsqlite3 and libpq are linked so that they do.
///
/// Cost: made once, by a walk over the loaded libraries; Holds is a subtraction and a comparison.
class LibraryCode {
 public:
  /// Of the library that this function is in. Holds nothing when the function is null.
  explicit LibraryCode(const void* function) noexcept;

  [[nodiscard]] bool Holds(const void* address) const noexcept {
    return reinterpret_cast<std::uintptr_t>(address) - begin_ < size_;
  }

 private:
  bool TakeSegmentOf(const dl_phdr_info& object, std::uintptr_t function) noexcept;

  std::uintptr_t begin_ = 0;
  std::size_t size_ = 0;
};

}  // namespace guildscope::database
