#include "apps/discord_standin/zlib_stream.hpp"

#include <gtest/gtest.h>

namespace standin {
namespace {

/// What a client does: one inflate stream for all frames.
class Inflater {
 public:
  Inflater() { inflateInit(&stream_); }
  ~Inflater() { inflateEnd(&stream_); }

  std::string Decompress(std::string frame) {
    std::string out(1'000'000, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(frame.data());
    stream_.avail_in = static_cast<uInt>(frame.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    inflate(&stream_, Z_SYNC_FLUSH);
    out.resize(out.size() - stream_.avail_out);
    return out;
  }

 private:
  z_stream stream_{};
};

TEST(ZlibStream, IsOneStreamThatEndsEachPayloadWithTheSuffix) {
  ZlibStream stream;
  Inflater client;
  const std::string large(300'000, 'a');
  for (const std::string& payload : {std::string("{}"), large, std::string(R"({"op":10})")}) {
    const std::string frame = stream.Compress(payload);
    ASSERT_GE(frame.size(), 4U);
    EXPECT_EQ(frame.substr(frame.size() - 4), std::string("\0\0\xff\xff", 4));
    EXPECT_EQ(client.Decompress(frame), payload);
  }
}

TEST(ZlibStream, SendsWhatTheClientHasSeenAsAReference) {
  ZlibStream stream;
  const std::string payload(R"({"t":"VOICE_STATE_UPDATE","d":{"guild_id":"628839023222784100"}})");
  EXPECT_LT(stream.Compress(payload).size() + stream.Compress(payload).size(), 2 * payload.size());
}

}  // namespace
}  // namespace standin
