#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// How a recording lies in its file: a header, and a ring of records behind it. Numbers are as the machine has them: a
/// file is read where it was written.
namespace guildscope::flight::format {

inline constexpr std::string_view kMagic{"GSFLIGHT", 8};
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kHeaderBytes = 64 * 1024;
inline constexpr std::size_t kWord = sizeof(std::uint64_t);

inline constexpr std::size_t kMaxFrames = 64;
inline constexpr std::size_t kMaxModules = 256;
inline constexpr std::size_t kMaxResource = 16 * 1024;

/// A program or library in memory, so that an address can be told as a place in a file.
struct Module {
  std::uint64_t begin;
  std::uint64_t end;
  std::uint64_t base;
  char name[104];
};

/// What the handler of a fatal signal leaves.
struct Crash {
  std::uint32_t signal;  ///< 0: none was seen. Written when all but the frames is.
  std::int32_t code;     ///< si_code.
  std::uint64_t address;
  std::uint64_t unix_nano;
  std::uint64_t program_counter;
  std::uint32_t thread;
  std::uint32_t frame_count;
  std::uint64_t frames[kMaxFrames];
};

struct Header {
  char magic[8];
  std::uint32_t version;
  std::uint32_t header_bytes;
  std::uint64_t ring_bytes;
  std::uint32_t pid;
  std::uint32_t clean;  ///< 1 once the process has said that it ends.
  std::uint64_t created_unix_nano;
  std::uint64_t process_start;  ///< In clock ticks since the machine started, as /proc has it.
  char boot_id[40];
  char service_name[96];
  char instance_id[64];
  std::uint32_t reported;  ///< 1 once somebody has told how the process ended.
  std::uint32_t resource_bytes;
  std::uint32_t module_count;
  /// Where the next record goes, counted from the beginning of all records plus one turn of the ring: never below
  /// ring_bytes. The place in the ring is the remainder.
  alignas(64) std::uint64_t tail;
  alignas(64) Crash crash;
  alignas(64) Module modules[kMaxModules];
  char resource[kMaxResource];  ///< opentelemetry.proto.resource.v1.Resource
};
static_assert(sizeof(Header) <= kHeaderBytes);

/// Before every record: then come the scope and the body, each filled up to whole words with zeros.
///
/// A record is whole when `place` is where it lies and `checksum` fits: what a crash, or another writer a whole turn of
/// the ring later, left half written is neither.
struct RecordHead {
  std::uint64_t place;  ///< Of the record, as in Header::tail; a multiple of kWord, so that kDelivered has room.
  std::uint64_t checksum;
  std::uint32_t scope_bytes;
  std::uint32_t body_bytes;
  std::uint32_t kind;
  std::uint32_t thread;
  std::uint64_t unix_nano;
  std::uint64_t key;  ///< See Recorder::KeyOf.
};
static_assert(sizeof(RecordHead) == 6 * kWord);

/// In RecordHead::place: a collector has it since the process ended.
inline constexpr std::uint64_t kDelivered = 1;

[[nodiscard]] constexpr std::size_t WholeWords(std::size_t bytes) noexcept { return (bytes + kWord - 1) / kWord; }
[[nodiscard]] constexpr std::size_t RecordBytes(std::size_t scope, std::size_t body) noexcept {
  return sizeof(RecordHead) + (WholeWords(scope) + WholeWords(body)) * kWord;
}

[[nodiscard]] inline std::uint64_t Mix(std::uint64_t sum, std::uint64_t word) noexcept {
  return std::rotl((sum ^ word) * 0x9E3779B97F4A7C15U, 29);
}

/// Hands each word of some bytes to `store`, and adds it to a checksum on the way: in four lanes, because a
/// multiplication takes longer than a copy.
template <typename Store>
std::uint64_t PassWords(std::string_view bytes, std::uint64_t sum, Store store) noexcept {
  std::uint64_t lanes[4] = {sum, sum + 1, sum + 2, sum + 3};
  std::size_t index = 0;
  const char* from = bytes.data();
  std::size_t left = bytes.size();
  const auto load = [](const char* at) {
    std::uint64_t word;
    std::memcpy(&word, at, kWord);
    return word;
  };
  for (; left >= 4 * kWord; left -= 4 * kWord, from += 4 * kWord, index += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) {
      const std::uint64_t word = load(from + lane * kWord);
      store(index + lane, word);
      lanes[lane] = Mix(lanes[lane], word);
    }
  }
  for (std::size_t lane = 0; left > 0; ++lane, ++index) {
    const std::size_t size = left < kWord ? left : kWord;
    std::uint64_t word = 0;
    std::memcpy(&word, from, size);
    store(index, word);
    lanes[lane] = Mix(lanes[lane], word);
    from += size;
    left -= size;
  }
  return Mix(Mix(lanes[0], lanes[1]), Mix(lanes[2], lanes[3]));
}

/// Of everything in the head that others do not imply or change.
[[nodiscard]] inline std::uint64_t SumOfHead(const RecordHead& head) noexcept {
  std::uint64_t sum = Mix(head.place & ~kDelivered, std::uint64_t{head.scope_bytes} << 32 | head.body_bytes);
  sum = Mix(sum, std::uint64_t{head.kind} << 32 | head.thread);
  return Mix(Mix(sum, head.unix_nano), head.key);
}

/// What the words of a scope or a body begin with.
inline constexpr std::uint64_t kSeed = 0x6A09E667F3BCC909U;

}  // namespace guildscope::flight::format
