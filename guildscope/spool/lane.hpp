#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "guildscope/spool/directory.hpp"
#include "guildscope/spool/segment_reader.hpp"
#include "guildscope/spool/spool.hpp"

namespace guildscope::spool {

/// Nanoseconds since 1970, as a record has them.
[[nodiscard]] inline std::chrono::system_clock::time_point ToTime(std::int64_t nanoseconds) {
  return std::chrono::system_clock::time_point(
      std::chrono::duration_cast<std::chrono::system_clock::duration>(std::chrono::nanoseconds(nanoseconds)));
}

/// What the lanes of a spool share.
struct Shared {
  const Clock& clock;
  SharedFile folder;
  std::uint64_t bytes = 0;         ///< Of all segments.
  std::uint64_t next_segment = 1;  ///< Its number.
  std::uint64_t write_errors = 0;
  std::string problem;            ///< The last failure.
  std::vector<SharedFile> dirty;  ///< Written and not synced.
  bool folder_dirty = false;      ///< Files were made or removed.

  void Failed(const std::string& what, int error);
};

/// The segments of one lane, and how far it was read.
///
/// Numbers and counts of items run on for as long as the folder lives: what is missing between two records, or between
/// a record and the end, is a difference, whatever happened to the bytes in between.
///
/// Threads: one at a time; the spool's lock is held.
class Lane {
 public:
  Lane(Shared& shared, std::string name, std::uint32_t index)
      : shared_(shared), name_(std::move(name)), index_(index) {}

  /// Tells at once what happened before.
  void SetEvents(LaneEvents events);

  /// Takes over what is in the folder. What this object knows from an earlier Load stays true. Returns an errno.
  [[nodiscard]] int Load(const std::vector<FoundSegment>& found);
  /// The folder has gone.
  void Unload() noexcept;

  /// The record's number; 0 when it could not be written.
  [[nodiscard]] std::uint64_t Put(RecordHeader header, std::string_view body, std::uint64_t segment_bytes, bool front);
  [[nodiscard]] std::optional<Record> Front();
  [[nodiscard]] bool Settle();
  [[nodiscard]] bool Release(bool may_have_arrived);

  /// The number of the oldest segment; nothing without one.
  [[nodiscard]] std::optional<std::uint64_t> oldest_segment() const noexcept;
  /// Makes room, and counts what was waiting in it as lost.
  void DropOldestSegment();

  [[nodiscard]] bool empty() const noexcept { return next_.record == end_.record; }
  [[nodiscard]] bool is_vanished() const noexcept { return active_ && active_->is_unlinked(); }
  [[nodiscard]] const SharedFile& active() const noexcept { return active_; }
  [[nodiscard]] LaneStats stats() const;

 private:
  /// A segment that was read to its end goes on being filled up to here; then its room is given back.
  static constexpr std::uint64_t kKeptBytes = 64 * 1024;

  struct Segment {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
    std::uint64_t first_record = 0;
    std::uint64_t items_before = 0;
    std::int64_t created = 0;
  };
  /// A place between two records.
  struct Mark {
    std::uint64_t record = 1;  // the number of the one behind it
    std::uint64_t items = 0;   // in all before it
  };
  struct Busy {
    std::uint64_t number = 0;
    std::uint32_t items = 0;
    bool attempted = false;  // before
    bool dropped = false;
  };

  void TakeOver(const FoundSegment& segment);
  [[nodiscard]] bool BeginSegment(std::int64_t now);
  /// The next whole header in the oldest segments; removes those that have no more.
  [[nodiscard]] std::optional<RecordHeader> NextHeader();
  [[nodiscard]] bool OpenReader();
  void RemoveFirstSegment();
  void RemoveWhatWasRead();
  void ReachEnd();
  void MoveTo(Mark mark, std::uint64_t attempted = 0);
  void Lose(Lost why, Mark from, Mark to);
  /// What is missing up to there, because it is damaged.
  void LoseUpTo(Mark mark);
  void WritePosition();

  Shared& shared_;
  const std::string name_;
  const std::uint32_t index_;
  LaneEvents events_;
  bool known_ = false;  // Load was called
  std::uint64_t found_items_ = 0;
  std::deque<Segment> segments_;
  SharedFile active_;  // the last segment, while it takes more
  Mark next_;          // to be read
  Mark end_;
  std::uint64_t attempted_ = 0;  // the record whose sending had begun
  std::optional<Busy> busy_;
  std::optional<SegmentReader> reader_;  // of the first segment
  std::optional<std::int64_t> oldest_;   // the time of the first record that waits, or somewhat before
  File position_;
  std::uint64_t generation_ = 0;
  LaneStats stats_;
};

}  // namespace guildscope::spool
