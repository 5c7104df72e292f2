#include "guildscope/spool/segment_reader.hpp"

#include <algorithm>

namespace guildscope::spool {
namespace {

constexpr std::size_t kLook = 256 * 1024;

}  // namespace

int SegmentReader::Next(std::uint64_t end, std::optional<RecordHeader>& header) {
  header.reset();
  while (offset_ < end) {
    std::string bytes;
    const auto left = static_cast<std::size_t>(std::min<std::uint64_t>(end - offset_, kRecordHeaderBytes));
    if (const int error = file_->ReadAt(offset_, left, bytes); error != 0) return error;
    header = ParseRecordHeader(bytes);
    if (header) {
      record_begin_ = offset_;
      offset_ = std::min(end, offset_ + kRecordHeaderBytes + header->stored_bytes);
      return 0;
    }
    ++damaged_;
    if (const int error = FindHeader(end); error != 0) return error;
  }
  return 0;
}

/// Moves to the next whole header behind the offset, or to the end.
int SegmentReader::FindHeader(std::uint64_t end) {
  std::uint64_t from = offset_ + 1;
  std::string bytes;
  while (from + kRecordHeaderBytes <= end) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(end - from, kLook));
    if (const int error = file_->ReadAt(from, size, bytes); error != 0) return error;
    if (bytes.size() < kRecordHeaderBytes) break;
    for (std::size_t at = bytes.find(kRecordMark); at != bytes.npos; at = bytes.find(kRecordMark, at + 1)) {
      if (ParseRecordHeader(std::string_view(bytes).substr(at))) {
        offset_ = from + at;
        return 0;
      }
    }
    from += bytes.size() - kRecordHeaderBytes + 1;
  }
  offset_ = end;
  return 0;
}

int SegmentReader::ReadBody(const RecordHeader& header, std::optional<std::string>& plain) {
  plain.reset();
  std::string stored;
  if (const int error = file_->ReadAt(record_begin_ + kRecordHeaderBytes, header.stored_bytes, stored); error != 0) {
    return error;
  }
  if (stored.size() == header.stored_bytes && Crc32c(stored) == header.body_crc) {
    if (header.coding == Coding::kDeflate) {
      plain = Decompress(stored, header.plain_bytes);
    } else if (header.coding == Coding::kPlain) {
      plain = std::move(stored);
    }
  }
  if (!plain) ++damaged_;
  return 0;
}

}  // namespace guildscope::spool
