#include "guildscope/spool/format.hpp"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <memory>
#include <vector>

namespace guildscope::spool {
namespace {

constexpr std::string_view kSegmentMark = "gsspool1";
constexpr std::string_view kPositionMark = "GSP1";
constexpr std::size_t kCrcBytes = 4;
constexpr std::uint32_t kMostPlainBytes = std::uint32_t{1} << 30;

class Writer {
 public:
  Writer& Text(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  template <typename T>
  Writer& Number(T value) {
    const auto number = static_cast<std::uint64_t>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes_ += static_cast<char>(number >> (8 * i));
    return *this;
  }
  Writer& Zeros(std::size_t count) {
    bytes_.append(count, '\0');
    return *this;
  }
  [[nodiscard]] std::string Take() { return std::move(bytes_); }
  [[nodiscard]] std::string TakeWithCrc() {
    Number(Crc32c(bytes_));
    return std::move(bytes_);
  }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <typename T>
  Reader& Number(T& value) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      number |= std::uint64_t{static_cast<unsigned char>(bytes_[i])} << (8 * i);
    }
    value = static_cast<T>(number);
    return Skip(sizeof(T));
  }
  Reader& Skip(std::size_t count) {
    bytes_.remove_prefix(count);
    return *this;
  }

 private:
  std::string_view bytes_;
};

/// The last four bytes are the CRC of those before.
bool EndsWithItsCrc(std::string_view bytes) noexcept {
  std::uint32_t crc = 0;
  Reader(bytes.substr(bytes.size() - kCrcBytes)).Number(crc);
  return crc == Crc32c(bytes.substr(0, bytes.size() - kCrcBytes));
}

}  // namespace

std::uint32_t Crc32c(std::string_view bytes) noexcept {
  std::uint32_t crc = 0xffffffff;
  while (!bytes.empty()) {  // its length is an int
    const std::string_view part = bytes.substr(0, std::size_t{1} << 30);
    crc = crc32_iscsi(reinterpret_cast<unsigned char*>(const_cast<char*>(part.data())), static_cast<int>(part.size()),
                      crc);
    bytes.remove_prefix(part.size());
  }
  return ~crc;
}

std::string Encode(const SegmentHeader& header) {
  return Writer()
      .Text(kSegmentMark)
      .Number(header.number)
      .Number(header.first_record)
      .Number(header.items_before)
      .Number(header.created)
      .Number(header.version)
      .Zeros(12)
      .Number(header.lane)
      .TakeWithCrc();
}

std::string Encode(const RecordHeader& header) {
  return Writer()
      .Text(kRecordMark)
      .Number(static_cast<std::uint8_t>(header.coding))
      .Number(static_cast<std::uint8_t>(header.attempted))
      .Zeros(2)
      .Number(header.items)
      .Number(header.stored_bytes)
      .Number(header.plain_bytes)
      .Number(header.body_crc)
      .Number(header.number)
      .Number(header.items_before)
      .Number(header.time)
      .Zeros(4)
      .TakeWithCrc();
}

std::string Encode(const Position& position) {
  const std::string rest = Writer()
                               .Text(kPositionMark)
                               .Number(position.generation)
                               .Number(position.next_record)
                               .Number(position.items_before)
                               .Number(position.attempted)
                               .Zeros(24)
                               .Take();
  return Writer().Number(Crc32c(rest)).Text(rest).Take();
}

std::optional<SegmentHeader> ParseSegmentHeader(std::string_view bytes) noexcept {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kSegmentMark)) return std::nullopt;
  if (!EndsWithItsCrc(bytes.substr(0, kSegmentHeaderBytes))) return std::nullopt;
  SegmentHeader header;
  Reader(bytes.substr(kSegmentMark.size()))
      .Number(header.number)
      .Number(header.first_record)
      .Number(header.items_before)
      .Number(header.created)
      .Number(header.version)
      .Skip(12)
      .Number(header.lane);
  return header;
}

std::optional<RecordHeader> ParseRecordHeader(std::string_view bytes) noexcept {
  if (bytes.size() < kRecordHeaderBytes || !bytes.starts_with(kRecordMark)) return std::nullopt;
  if (!EndsWithItsCrc(bytes.substr(0, kRecordHeaderBytes))) return std::nullopt;
  RecordHeader header;
  std::uint8_t attempted = 0;
  Reader(bytes.substr(kRecordMark.size()))
      .Number(header.coding)
      .Number(attempted)
      .Skip(2)
      .Number(header.items)
      .Number(header.stored_bytes)
      .Number(header.plain_bytes)
      .Number(header.body_crc)
      .Number(header.number)
      .Number(header.items_before)
      .Number(header.time);
  header.attempted = attempted != 0;
  if (header.plain_bytes > kMostPlainBytes || header.stored_bytes > kMostPlainBytes) return std::nullopt;
  return header;
}

std::optional<Position> ParsePosition(std::string_view bytes) noexcept {
  if (bytes.size() < kPositionBytes) return std::nullopt;
  std::uint32_t crc = 0;
  Reader(bytes).Number(crc);
  const std::string_view rest = bytes.substr(kCrcBytes, kPositionBytes - kCrcBytes);
  if (!rest.starts_with(kPositionMark) || crc != Crc32c(rest)) return std::nullopt;
  Position position;
  Reader(rest.substr(kPositionMark.size()))
      .Number(position.generation)
      .Number(position.next_record)
      .Number(position.items_before)
      .Number(position.attempted);
  return position;
}

std::optional<std::string> Compress(std::string_view plain) {
  if (plain.empty() || plain.size() > kMostPlainBytes) return std::nullopt;
  const auto stream = std::make_unique<isal_zstream>();
  std::vector<std::uint8_t> level_buffer(ISAL_DEF_LVL1_DEFAULT);
  isal_deflate_init(stream.get());
  stream->level = 1;
  stream->level_buf = level_buffer.data();
  stream->level_buf_size = static_cast<std::uint32_t>(level_buffer.size());
  stream->end_of_stream = 1;
  stream->flush = NO_FLUSH;
  std::string stored(plain.size() - 1, '\0');
  stream->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(plain.data()));
  stream->avail_in = static_cast<std::uint32_t>(plain.size());
  stream->next_out = reinterpret_cast<std::uint8_t*>(stored.data());
  stream->avail_out = static_cast<std::uint32_t>(stored.size());
  if (isal_deflate(stream.get()) != COMP_OK || stream->internal_state.state != ZSTATE_END) return std::nullopt;
  stored.resize(stream->total_out);
  return stored;
}

std::optional<std::string> Decompress(std::string_view stored, std::size_t plain_bytes) {
  const auto state = std::make_unique<inflate_state>();
  isal_inflate_init(state.get());
  std::string plain(plain_bytes, '\0');
  state->next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(stored.data()));
  state->avail_in = static_cast<std::uint32_t>(stored.size());
  state->next_out = reinterpret_cast<std::uint8_t*>(plain.data());
  state->avail_out = static_cast<std::uint32_t>(plain.size());
  if (isal_inflate(state.get()) != ISAL_DECOMP_OK || state->block_state != ISAL_BLOCK_FINISH) return std::nullopt;
  if (state->avail_out != 0) return std::nullopt;
  return plain;
}

}  // namespace guildscope::spool
