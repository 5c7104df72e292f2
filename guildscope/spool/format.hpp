#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The bytes of a spool's files. Integers are little-endian.
///
/// A segment is a header and records, one after the other. Both headers carry a CRC32C of themselves, so that a length
/// in one can be trusted, and a running number of records and items, so that a gap says how much is missing.
///
/// ```
/// segment  "gsspool1" | number 8 | first record 8 | items before 8 | created 8 | version 4 | zero 12 | lane 4 | crc 4
/// record   "GSR1" | coding 1 | flags 1 | zero 2 | items 4 | stored 4 | plain 4 | crc of the body 4 |
///          number 8 | items before 8 | time 8 | zero 4 | crc of the header 4 | body
/// position crc 4 | "GSP1" | generation 8 | next record 8 | items before 8 | attempted 8 | zero 24; two of them
/// ```
namespace guildscope::spool {

/// CRC-32C (RFC 3720, appendix B.4), by the processor's instruction where it has one.
[[nodiscard]] std::uint32_t Crc32c(std::string_view bytes) noexcept;

inline constexpr std::uint32_t kFormatVersion = 1;
inline constexpr std::size_t kSegmentHeaderBytes = 64;
inline constexpr std::size_t kRecordHeaderBytes = 56;
inline constexpr std::size_t kPositionBytes = 64;
inline constexpr std::string_view kRecordMark = "GSR1";

struct SegmentHeader {
  std::uint64_t number = 0;        ///< In the order in which all lanes' segments were begun.
  std::uint64_t first_record = 0;  ///< The number that its first record has.
  std::uint64_t items_before = 0;  ///< Of the lane, in all records before that one.
  std::int64_t created = 0;        ///< Nanoseconds since 1970.
  std::uint32_t version = kFormatVersion;
  std::uint32_t lane = 0;
};

enum class Coding : std::uint8_t { kPlain = 0, kDeflate = 1 };

struct RecordHeader {
  std::uint64_t number = 0;  ///< Of the lane, without gaps.
  std::uint64_t items_before = 0;
  std::int64_t time = 0;  ///< Nanoseconds since 1970.
  std::uint32_t items = 0;
  std::uint32_t stored_bytes = 0;
  std::uint32_t plain_bytes = 0;
  std::uint32_t body_crc = 0;
  Coding coding = Coding::kPlain;
  bool attempted = false;  ///< It was sent before it was stored, and nobody knows whether it arrived.
};

/// Up to where a lane was read.
struct Position {
  std::uint64_t generation = 0;  ///< The higher one is the newer one.
  std::uint64_t next_record = 1;
  std::uint64_t items_before = 0;
  std::uint64_t attempted = 0;  ///< The record whose sending had begun; 0: none.
};

[[nodiscard]] std::string Encode(const SegmentHeader& header);
[[nodiscard]] std::string Encode(const RecordHeader& header);
[[nodiscard]] std::string Encode(const Position& position);

/// Nothing for bytes that are too few, damaged, or something else.
[[nodiscard]] std::optional<SegmentHeader> ParseSegmentHeader(std::string_view bytes) noexcept;
[[nodiscard]] std::optional<RecordHeader> ParseRecordHeader(std::string_view bytes) noexcept;
[[nodiscard]] std::optional<Position> ParsePosition(std::string_view bytes) noexcept;

/// Deflate at ISA-L's level 1; nothing when that would not be shorter.
[[nodiscard]] std::optional<std::string> Compress(std::string_view plain);
/// Nothing when the bytes are damaged, or not of this length.
[[nodiscard]] std::optional<std::string> Decompress(std::string_view stored, std::size_t plain_bytes);

}  // namespace guildscope::spool
