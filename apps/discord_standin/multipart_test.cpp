#include "apps/discord_standin/multipart.hpp"

#include <gtest/gtest.h>

namespace standin {
namespace {

constexpr std::string_view kType = "multipart/form-data; boundary=-----x";

TEST(ParseMultipart, ReadsFieldsAndFiles) {
  const std::string body =
      "-------x\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\r\n"
      "{\"content\":\"a\"}\r\n"
      "-------x\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"a.txt\"\r\n\r\nline\r\nline\r\n"
      "-------x--";
  const auto parts = ParseMultipart(kType, body);
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].name, "payload_json");
  EXPECT_EQ(parts[0].filename, "");
  EXPECT_EQ(parts[0].data, "{\"content\":\"a\"}");
  EXPECT_EQ(parts[1].name, "files[0]");
  EXPECT_EQ(parts[1].filename, "a.txt");
  EXPECT_EQ(parts[1].data, "line\r\nline");
}

TEST(ParseMultipart, TakesABoundaryInQuotes) {
  const auto parts = ParseMultipart("multipart/form-data; boundary=\"b c\"",
                                    "--b c\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nv\r\n--b c--\r\n");
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].data, "v");
}

TEST(ParseMultipart, GivesNothingForWhatIsCutOffOrNoForm) {
  EXPECT_TRUE(ParseMultipart(kType, "-------x\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\nv").empty());
  EXPECT_TRUE(ParseMultipart("application/json", "{}").empty());
  EXPECT_TRUE(ParseMultipart("multipart/form-data", "--\r\n").empty());
  EXPECT_TRUE(ParseMultipart(kType, "").empty());
}

}  // namespace
}  // namespace standin
