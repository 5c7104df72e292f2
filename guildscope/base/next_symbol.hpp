#pragma once

#include <dlfcn.h>

namespace guildscope {

/// The next definition of a symbol after the caller's own, in the dynamic linker's order: what a function that this
/// library defines in front of a shared library's forwards to. Null when there is none (the library is linked
/// statically).
///
/// Cost: a look-up in every loaded object; keep the result in a static.
template <typename Function>
[[nodiscard]] Function NextSymbol(const char* mangled_name) noexcept {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, mangled_name));
}

}  // namespace guildscope
