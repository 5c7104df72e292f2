#include "apps/discord_standin/zlib_stream.hpp"

#include <new>

namespace standin {

ZlibStream::ZlibStream() {
  if (deflateInit(&stream_, Z_BEST_SPEED) != Z_OK) throw std::bad_alloc();
}

std::string ZlibStream::Compress(std::string_view payload) {
  std::string out;
  char chunk[16 * 1024];
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(payload.data()));
  stream_.avail_in = static_cast<uInt>(payload.size());
  do {
    stream_.next_out = reinterpret_cast<Bytef*>(chunk);
    stream_.avail_out = sizeof chunk;
    deflate(&stream_, Z_SYNC_FLUSH);
    out.append(chunk, sizeof chunk - stream_.avail_out);
  } while (stream_.avail_out == 0);
  return out;
}

}  // namespace standin
