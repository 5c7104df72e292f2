#include "guildscope/base/version.hpp"

#include "guildscope/base/version_data.hpp"  // made by cmake/write_version.cmake

namespace guildscope {

std::string_view Version() noexcept { return GUILDSCOPE_VERSION; }

std::string_view Commit() noexcept { return GUILDSCOPE_COMMIT; }

std::string_view Compiler() noexcept {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

}  // namespace guildscope
