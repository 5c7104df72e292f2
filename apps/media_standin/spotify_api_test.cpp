#include "apps/media_standin/spotify_api.hpp"

#include <gtest/gtest.h>

namespace media_standin {
namespace {

TEST(FilterFields, KeepsWhatIsNamedAlone) {
  const Json json{{"name", "n"},
                  {"next", nullptr},
                  {"total", 2},
                  {"tracks", {{"total", 7}, {"limit", 1}}},
                  {"items", {{{"track", {{"name", "a"}, {"id", "1"}}}, {"x", 1}}, {{"track", nullptr}, {"x", 2}}}}};
  EXPECT_EQ(FilterFields(json, "name"), Json({{"name", "n"}}));
  EXPECT_EQ(FilterFields(json, "next,items(track(name))"),
            Json({{"next", nullptr}, {"items", {{{"track", {{"name", "a"}}}}, {{"track", nullptr}}}}}));
  EXPECT_EQ(FilterFields(json, "items(track(name)),total"),
            Json({{"total", 2}, {"items", {{{"track", {{"name", "a"}}}}, {{"track", nullptr}}}}}));
  EXPECT_EQ(FilterFields(json, "tracks.total,name"), Json({{"tracks", {{"total", 7}}}, {"name", "n"}}));
  EXPECT_EQ(FilterFields(json, "nothing,(,),,"), Json::object());
}

TEST(ParseBasic, ReadsUserAndPassword) {
  // The example of RFC 7617, section 2.
  const auto client = ParseBasic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  ASSERT_TRUE(client.has_value());
  EXPECT_EQ(client->first, "Aladdin");
  EXPECT_EQ(client->second, "open sesame");
  EXPECT_FALSE(ParseBasic("Bearer abc").has_value());
  EXPECT_FALSE(ParseBasic("Basic ???").has_value());
  EXPECT_FALSE(ParseBasic("Basic ").has_value());
}

}  // namespace
}  // namespace media_standin
