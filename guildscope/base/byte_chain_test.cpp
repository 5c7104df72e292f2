#include "guildscope/base/byte_chain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

namespace guildscope {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ByteChain, IsEmptyUntilSomethingIsWritten) {
  ByteChain chain;
  EXPECT_TRUE(chain.empty());
  EXPECT_THAT(chain.Chunks(), IsEmpty());
  chain.Commit(chain.Reserve(100));
  EXPECT_EQ(chain.size(), 0U);
  EXPECT_THAT(chain.Chunks(), IsEmpty());
}

TEST(ByteChain, KeepsWhatWasWrittenInItsOrder) {
  ByteChain chain;
  std::string expected;
  for (int i = 0; i < 40'000; ++i) {
    const std::string piece = std::to_string(i) + ',';
    char* const to = chain.Reserve(piece.size() + 100);
    std::memcpy(to, piece.data(), piece.size());
    chain.Commit(to + piece.size());
    expected += piece;
  }
  EXPECT_EQ(chain.size(), expected.size());
  EXPECT_GT(chain.Chunks().size(), 2U);
  EXPECT_EQ(chain.ToString(), expected);
}

TEST(ByteChain, SplitsWhatIsLongerThanAChunkAndGivesRoomForItInOnePiece) {
  const std::string longer(3 * ByteChain::kChunkBytes + 7, 'x');
  ByteChain appended;
  appended.Append("a");
  appended.Append(longer);
  EXPECT_EQ(appended.ToString(), "a" + longer);

  ByteChain reserved;
  reserved.Append("a");
  char* const to = reserved.Reserve(longer.size());
  std::memcpy(to, longer.data(), longer.size());
  reserved.Commit(to + longer.size());
  EXPECT_THAT(reserved.Chunks(), ElementsAre("a", longer));
}

TEST(ByteChain, DoesNotMoveItsBytesWhenItIsMoved) {
  ByteChain chain;
  chain.Append("abc");
  const char* const bytes = chain.Chunks().front().data();
  ByteChain taken = std::move(chain);
  EXPECT_EQ(taken.Chunks().front().data(), bytes);
  EXPECT_TRUE(chain.empty());  // NOLINT(bugprone-use-after-move): as documented for the move of an empty one
  taken.Append("def");
  chain = std::move(taken);
  EXPECT_EQ(chain.ToString(), "abcdef");
  EXPECT_EQ(chain.Chunks().front().data(), bytes);
}

}  // namespace
}  // namespace guildscope
