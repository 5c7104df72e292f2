#pragma once

#include <zlib.h>

#include <string>
#include <string_view>

namespace standin {

/// The Gateway's `compress=zlib-stream`: one deflate stream for a whole connection, flushed after each payload, so that
/// each ends in 00 00 FF FF.
///
/// Threads: one. Lifetime: nothing borrowed.
class ZlibStream {
 public:
  ZlibStream();
  ~ZlibStream() { deflateEnd(&stream_); }
  ZlibStream(const ZlibStream&) = delete;
  ZlibStream& operator=(const ZlibStream&) = delete;

  [[nodiscard]] std::string Compress(std::string_view payload);

 private:
  z_stream stream_{};
};

}  // namespace standin
