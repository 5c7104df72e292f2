#include "guildscope/base/type_name.hpp"

#include <cxxabi.h>

#include <cstdlib>
#include <memory>

namespace guildscope {

std::string TypeName(const std::type_info* type) {
  if (type == nullptr) return "unknown";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(abi::__cxa_demangle(type->name(), nullptr, nullptr, &status),
                                                         &std::free);
  return status == 0 && name ? name.get() : type->name();
}

}  // namespace guildscope
