#include "guildscope/base/type_name.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace guildscope {
namespace {

TEST(TypeName, IsWrittenAsInCpp) {
  EXPECT_EQ(TypeName(&typeid(std::runtime_error)), "std::runtime_error");
  EXPECT_EQ(TypeName(nullptr), "unknown");
}

}  // namespace
}  // namespace guildscope
