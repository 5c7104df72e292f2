#include "guildscope/instrumentation/database/library_code.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>

namespace guildscope::database {
namespace {

void Here() {}

TEST(LibraryCode, HoldsTheFunctionsOfOneLibrary) {
  // Functions that no sanitizer has a version of.
  const void* function = dlsym(RTLD_DEFAULT, "labs");
  const LibraryCode c_library(function);
  EXPECT_TRUE(c_library.Holds(function));
  EXPECT_TRUE(c_library.Holds(dlsym(RTLD_DEFAULT, "div")));
  EXPECT_FALSE(c_library.Holds(reinterpret_cast<const void*>(&Here)));
  EXPECT_FALSE(c_library.Holds(nullptr));
  EXPECT_FALSE(LibraryCode(nullptr).Holds(function));
}

}  // namespace
}  // namespace guildscope::database
