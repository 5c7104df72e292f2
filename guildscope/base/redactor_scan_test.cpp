#include "guildscope/base/redactor_scan.hpp"

#include <gtest/gtest.h>

#include <string>

namespace guildscope {
namespace {

TEST(RedactorScan, FindsTheSameWithVectorsAndWithout) {
  std::vector<std::string> secrets;
  for (int i = 0; i < 20; ++i) secrets.push_back("key" + std::to_string(i * 7919));
  const RedactorScan best(secrets);
  const RedactorScan portable(secrets, RedactorScan::Method::kPortable);
  int found = 0;
  constexpr int kTexts = 20'000;
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = std::string(static_cast<std::size_t>(i % 40), 'k') + "://u:key" + std::to_string(i) + "k@";
    for (const std::string& part : {text.substr(0, text.size() - 1), text}) {
      ASSERT_EQ(best.Finds(part), portable.Finds(part)) << part;
      found += best.Finds(part) ? 1 : 0;
    }
  }
  EXPECT_GT(found, kTexts);
  EXPECT_LT(found, 2 * kTexts);
}

TEST(RedactorScan, HasTheLongerSecretsFirst) {
  EXPECT_EQ(RedactorScan({"abcd", "abcdef", "abcde"}).secrets(), (std::vector<std::string>{"abcdef", "abcde", "abcd"}));
}

}  // namespace
}  // namespace guildscope
