#include "guildscope/http/content_coding.hpp"

#include <gtest/gtest.h>

namespace guildscope::http {
namespace {

TEST(AcceptsGzip, HonoursWeights) {
  for (const auto* yes : {"gzip", "GZIP", "x-gzip", "deflate, gzip", "gzip;q=1", "gzip; q=0.001", "*",
                          "br;q=1, gzip;q=0.5", "gzip;q=1.000, identity;q=0.5", "*;q=0.5", "gzip, *;q=0"}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const auto* no : {"", "identity", "gzip;q=0", "gzip;q=0.000", "gzip ; q=0", "gzip;q=0, *", "br, deflate",
                         "*;q=0", "identity, gzip;q=0.5", "gzipped", "gzip;q=", "gzip;q=x", ",", ";", "gzip;q=00001"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
}

TEST(IsCompressible, KnowsTextFromMedia) {
  EXPECT_TRUE(IsCompressible("application/json"));
  EXPECT_TRUE(IsCompressible("application/openmetrics-text; version=1.0.0; charset=utf-8"));
  EXPECT_FALSE(IsCompressible("image/png"));
  EXPECT_FALSE(IsCompressible("audio/ogg"));
}

TEST(Gzip, ComesBackAsItWas) {
  std::string plain;
  for (int i = 0; i < 20'000; ++i) plain += "metric{label=\"" + std::to_string(i) + "\"} 1\n";
  const auto compressed = Gzip(plain);
  EXPECT_LT(compressed.size(), plain.size() / 4);
  GunzipError error{};
  EXPECT_EQ(Gunzip(compressed, plain.size(), error), plain);
}

TEST(Gzip, CompressesAChainChunkByChunk) {
  ByteChain chain;
  std::uint64_t random = 1;
  // What hardly compresses fills several chunks on the other side too.
  for (int i = 0; i < 400'000; ++i) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    const char byte = static_cast<char>(random >> 56);
    chain.Append({&byte, 1});
  }
  const ByteChain compressed = Gzip(chain);
  EXPECT_GT(compressed.Chunks().size(), 2U);
  GunzipError error{};
  EXPECT_TRUE(Gunzip(compressed.ToString(), 400'000, error) == chain.ToString());
  EXPECT_EQ(Gunzip(Gzip(ByteChain()).ToString(), 1, error), "");
}

TEST(Gunzip, StopsAtItsLimit) {
  const auto bomb = Gzip(std::string(10'000'000, 'x'));
  GunzipError error{};
  EXPECT_EQ(Gunzip(bomb, 1'000'000, error), std::nullopt);
  EXPECT_EQ(error, GunzipError::kTooLarge);
}

TEST(Gunzip, RefusesWhatIsCutGarbledOrFollowedByMore) {
  const auto good = Gzip("hello, hello, hello");
  for (const auto& bad : {good.substr(0, good.size() - 1), good + "x", std::string("garbage"), std::string()}) {
    GunzipError error{};
    EXPECT_EQ(Gunzip(bad, 1000, error), std::nullopt);
    EXPECT_EQ(error, GunzipError::kBroken);
  }
}

}  // namespace
}  // namespace guildscope::http
