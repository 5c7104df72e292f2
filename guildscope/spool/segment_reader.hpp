#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "guildscope/spool/file.hpp"
#include "guildscope/spool/format.hpp"

namespace guildscope::spool {

/// Goes through the records of a segment's file. What is damaged is stepped over: a body whose header is whole by its
/// length, anything else by looking for the next whole header.
///
/// Threads: one at a time.
class SegmentReader {
 public:
  /// From the first record on.
  explicit SegmentReader(SharedFile file) : file_(std::move(file)) {}

  /// The next record's header, up to the file's byte `end`; nothing when there is none. Returns an errno.
  [[nodiscard]] int Next(std::uint64_t end, std::optional<RecordHeader>& header);

  /// What the record that Next found holds; nothing when it is damaged. Returns an errno.
  [[nodiscard]] int ReadBody(const RecordHeader& header, std::optional<std::string>& plain);

  /// Looks at the same record again with the next Next.
  void StepBack() noexcept { offset_ = record_begin_; }

  /// Places that were damaged, so far.
  [[nodiscard]] std::uint64_t damaged() const noexcept { return damaged_; }

 private:
  [[nodiscard]] int FindHeader(std::uint64_t end);

  SharedFile file_;
  std::uint64_t offset_ = kSegmentHeaderBytes;
  std::uint64_t record_begin_ = kSegmentHeaderBytes;
  std::uint64_t damaged_ = 0;
};

}  // namespace guildscope::spool
