#include "guildscope/instrumentation/dpp/library_symbols.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace guildscope::dpp {
namespace {

TEST(LibrarySymbols, EveryHookIsLiveWithASharedLibdpp) {
  const auto hooks = AllHooks();
  EXPECT_GE(hooks.size(), 11U);
  for (const Hook& hook : hooks) EXPECT_TRUE(IsLive(hook)) << hook.symbol;
}

TEST(LibrarySymbols, AFunctionThatIsNotOursIsNotLive) {
  // libdpp refers to it, and nobody stands in front of it.
  const char* const symbol = "_ZN3dpp7cluster10stop_timerEm";
  EXPECT_EQ(FindLibrarySymbol(symbol), symbol);
  EXPECT_FALSE(IsLive({symbol, ""}));
}

TEST(LibrarySymbols, AFunctionThatLibdppDoesNotCallIsNotLive) {
  EXPECT_EQ(FindLibrarySymbol("_ZN3dpp7cluster14no_such_memberEv"), "");
  EXPECT_FALSE(IsLive({"_ZN3dpp7cluster14no_such_memberEv", ""}));
}

TEST(LibrarySymbols, FindsTheWholeNameByItsBeginning) {
  EXPECT_THAT(FindLibrarySymbol("_ZN3dpp14discord_client12handle_eventE"), testing::HasSubstr("basic_json"));
}

}  // namespace
}  // namespace guildscope::dpp
