#include "guildscope/base/uuid.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace guildscope {
namespace {

TEST(Uuid, IsARandomOneOfVersion4) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = NewUuid();
    EXPECT_THAT(uuid, ::testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 100U);
}

}  // namespace
}  // namespace guildscope
