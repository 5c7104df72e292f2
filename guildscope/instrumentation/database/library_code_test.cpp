#include "guildscope/instrumentation/database/library_code.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

namespace guildscope::database {
namespace {

void Here() {}

TEST(LibraryCode, HoldsTheFunctionsOfOneLibrary) {
  const void* function = dlsym(RTLD_DEFAULT, "strtol");
  const LibraryCode c_library(function);
  EXPECT_TRUE(c_library.Holds(function));
  EXPECT_TRUE(c_library.Holds(dlsym(RTLD_DEFAULT, "printf")));
  EXPECT_FALSE(c_library.Holds(reinterpret_cast<const void*>(&Here)));
  EXPECT_FALSE(c_library.Holds(nullptr));
  EXPECT_FALSE(LibraryCode(nullptr).Holds(function));
}

}  // namespace
}  // namespace guildscope::database
