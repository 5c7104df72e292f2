#include "guildscope/http/content_coding.hpp"

#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

namespace guildscope::http {
namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, and zlib's flag for the gzip format

std::string_view Trim(std::string_view text) noexcept {
  constexpr std::string_view kSpace = " \t";
  const auto first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

bool IsCoding(std::string_view token, std::string_view coding) noexcept {
  return std::ranges::equal(token, coding, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; });
}

/// A weight "0" to "1" with at most three decimals, in thousandths; what is not one counts as 0.
int Weight(std::string_view text) noexcept {
  if (text.empty() || (text[0] != '0' && text[0] != '1') || text.size() > 5) return 0;
  int weight = (text[0] - '0') * 1000;
  if (text.size() == 1) return weight;
  if (text[1] != '.') return 0;
  int unit = 100;
  for (const char digit : text.substr(2)) {
    if (digit < '0' || digit > '9') return 0;
    weight += (digit - '0') * unit;
    unit /= 10;
  }
  return std::min(weight, 1000);
}

int ParameterWeight(std::string_view parameters) noexcept {
  while (!parameters.empty()) {
    const auto parameter = Trim(parameters.substr(0, parameters.find(';')));
    parameters.remove_prefix(std::min(parameters.find(';'), parameters.size() - 1) + 1);
    if (parameter.size() >= 2 && (parameter[0] | 32) == 'q' && parameter[1] == '=') return Weight(parameter.substr(2));
  }
  return 1000;
}

/// ISA-L's deflate: seven times as fast as zlib at its fastest level, and no larger.
class GzipStream {
 public:
  GzipStream() : stream_(std::make_unique<isal_zstream>()), level_buffer_(ISAL_DEF_LVL1_DEFAULT) {
    isal_deflate_init(stream_.get());
    stream_->level = 1;
    stream_->level_buf = level_buffer_.data();
    stream_->level_buf_size = static_cast<std::uint32_t>(level_buffer_.size());
    stream_->gzip_flag = IGZIP_GZIP;
    stream_->flush = NO_FLUSH;
  }

  template <typename Append>
  void Compress(std::string_view plain, bool last, Append append) {
    do {  // its counters have 32 bits
      const std::string_view part = plain.substr(0, kLargestPart);
      plain.remove_prefix(part.size());
      CompressPart(part, last && plain.empty(), append);
    } while (!plain.empty());
  }

 private:
  static constexpr std::size_t kLargestPart = std::size_t{1} << 30;

  template <typename Append>
  void CompressPart(std::string_view part, bool last, Append append) {
    stream_->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(part.data()));
    stream_->avail_in = static_cast<std::uint32_t>(part.size());
    stream_->end_of_stream = last ? 1 : 0;
    do {
      stream_->next_out = piece_.data();
      stream_->avail_out = static_cast<std::uint32_t>(piece_.size());
      isal_deflate(stream_.get());  // fails for settings alone that are not ours
      append({reinterpret_cast<const char*>(piece_.data()), piece_.size() - stream_->avail_out});
    } while (stream_->avail_out == 0);  // it has more to say
  }

  const std::unique_ptr<isal_zstream> stream_;  // some 100 KiB
  std::vector<std::uint8_t> level_buffer_;
  std::array<std::uint8_t, 16 * 1024> piece_;
};

}  // namespace

bool AcceptsGzip(std::string_view accept_encoding) noexcept {
  int gzip = -1;
  int any = -1;
  int identity = 0;
  while (!accept_encoding.empty()) {
    const auto item = accept_encoding.substr(0, accept_encoding.find(','));
    accept_encoding.remove_prefix(std::min(item.size() + 1, accept_encoding.size()));
    const auto semicolon = item.find(';');
    const auto coding = Trim(item.substr(0, semicolon));
    const int weight = semicolon == item.npos ? 1000 : ParameterWeight(item.substr(semicolon + 1));
    if (IsCoding(coding, "gzip") || IsCoding(coding, "x-gzip")) gzip = std::max(gzip, weight);
    if (coding == "*") any = weight;
    if (IsCoding(coding, "identity")) identity = weight;
  }
  if (gzip < 0) gzip = any;
  return gzip > 0 && gzip >= identity;
}

bool IsCompressible(std::string_view content_type) noexcept {
  constexpr std::array<std::string_view, 6> kText = {"text", "json", "xml", "javascript", "svg", "protobuf"};
  return std::ranges::any_of(kText,
                             [&](std::string_view part) { return content_type.find(part) != content_type.npos; });
}

std::string Gzip(std::string_view plain) {
  GzipStream stream;
  std::string compressed;
  stream.Compress(plain, true, [&](std::string_view bytes) { compressed += bytes; });
  return compressed;
}

ByteChain Gzip(const ByteChain& plain) {
  GzipStream stream;
  ByteChain compressed;
  const auto append = [&](std::string_view bytes) { compressed.Append(bytes); };
  for (const std::string_view chunk : plain.Chunks()) stream.Compress(chunk, false, append);
  stream.Compress({}, true, append);
  return compressed;
}

std::optional<std::string> Gunzip(std::string_view compressed, std::size_t max_bytes, GunzipError& error) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) throw std::bad_alloc();
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string plain;
  std::array<char, 16384> chunk;
  int status = Z_OK;
  while (status == Z_OK && plain.size() <= max_bytes) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    status = inflate(&stream, Z_NO_FLUSH);
    plain.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  const bool whole = status == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  if (plain.size() > max_bytes) {
    error = GunzipError::kTooLarge;
    return std::nullopt;
  }
  if (!whole) {
    error = GunzipError::kBroken;
    return std::nullopt;
  }
  return plain;
}

}  // namespace guildscope::http
