#include "guildscope/spool/lane.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace guildscope::spool {

void Shared::Failed(const std::string& what, int error) {
  ++write_errors;
  problem = what + ": " + std::generic_category().message(error);
}

void Lane::SetEvents(LaneEvents events) {
  events_ = std::move(events);
  if (events_.found && found_items_ > 0) events_.found(found_items_);
  for (const Lost why : {Lost::kLimit, Lost::kDamaged}) {
    const std::uint64_t items = stats_.lost_items[static_cast<std::size_t>(why)];
    if (events_.lost && items > 0) events_.lost(why, items);
  }
}

int Lane::Load(const std::vector<FoundSegment>& found) {
  if (const int error = File::Open(shared_.folder->get(), PositionName(name_), O_RDWR | O_CREAT, position_);
      error != 0) {
    return error;
  }
  const bool first_time = !std::exchange(known_, true);
  if (first_time) {
    const auto begin = std::ranges::find_if(
        found, [this](const FoundSegment& segment) { return segment.lane == name_ && segment.first_record != 0; });
    if (const auto position = ReadPosition(shared_.folder->get(), name_)) {
      next_ = {.record = position->next_record, .items = position->items_before};
      attempted_ = position->attempted;
      generation_ = position->generation;
    } else if (begin != found.end()) {
      next_ = {.record = begin->first_record, .items = begin->items_before};
    }
    end_ = next_;
  }
  WritePosition();  // so that a first segment that goes is missed
  for (const FoundSegment& segment : found) {
    if (segment.lane == name_ && !segment.other_version) TakeOver(segment);
  }
  if (!segments_.empty() && !oldest_) oldest_ = segments_.front().created;
  if (!first_time) return 0;
  found_items_ = end_.items - next_.items;
  if (events_.found && found_items_ > 0) events_.found(found_items_);
  return 0;
}

void Lane::TakeOver(const FoundSegment& found) {
  if (found.first_record == 0) {  // no header and no record is whole
    stats_.damaged_places += found.damaged;
    unlinkat(shared_.folder->get(), SegmentName(found.number, name_).c_str(), 0);
    return;
  }
  if (found.first_record > end_.record) end_ = {.record = found.first_record, .items = found.items_before};
  if (found.last && found.last->number >= end_.record) {
    end_ = {.record = found.last->number + 1, .items = found.last->items_before + found.last->items};
  }
  segments_.push_back({.number = found.number,
                       .bytes = found.bytes,
                       .first_record = found.first_record,
                       .items_before = found.items_before,
                       .created = found.created});
  shared_.bytes += found.bytes;
  // Nothing in it waits: it was read, or no record can be told.
  if (segments_.size() > 1 || (found.last && found.last->number >= next_.record)) return;
  stats_.damaged_places += found.damaged;
  RemoveFirstSegment();
}

void Lane::Unload() noexcept {
  segments_.clear();
  active_.reset();
  reader_.reset();
  position_ = File();
}

std::uint64_t Lane::Put(RecordHeader header, std::string_view body, std::uint64_t segment_bytes, bool front) {
  header.number = end_.record;
  header.items_before = end_.items;
  const std::uint64_t size = kRecordHeaderBytes + body.size();
  if (active_ && segments_.back().bytes + size > segment_bytes) active_.reset();
  if (!active_ && !BeginSegment(header.time)) return 0;
  Segment& segment = segments_.back();
  if (const int error = active_->WriteAt(segment.bytes, Encode(header), body); error != 0) {
    shared_.Failed("cannot write to it", error);
    // What was written of it must not stand before what comes next; where it cannot be cut off, nothing does.
    if (active_->Truncate(segment.bytes) != 0) active_.reset();
    return 0;
  }
  segment.bytes += size;
  shared_.bytes += size;
  if (empty()) oldest_ = header.time;
  shared_.problem.clear();
  if (front) busy_ = {.number = header.number, .items = header.items, .attempted = header.attempted};
  end_ = {.record = header.number + 1, .items = header.items_before + header.items};
  stats_.written_items += header.items;
  if (shared_.dirty.empty() || shared_.dirty.back() != active_) {
    if (std::ranges::find(shared_.dirty, active_) == shared_.dirty.end()) shared_.dirty.push_back(active_);
  }
  return header.number;
}

bool Lane::BeginSegment(std::int64_t now) {
  const std::uint64_t number = shared_.next_segment++;
  File file;
  const std::string name = SegmentName(number, name_);
  int error = File::Open(shared_.folder->get(), name, O_RDWR | O_CREAT | O_EXCL, file);
  if (error == 0) {
    error = file.WriteAt(0, Encode(SegmentHeader{.number = number,
                                                 .first_record = end_.record,
                                                 .items_before = end_.items,
                                                 .created = now,
                                                 .lane = index_}));
    if (error != 0) unlinkat(shared_.folder->get(), name.c_str(), 0);
  }
  if (error != 0) {
    shared_.Failed("cannot begin a file in it", error);
    return false;
  }
  active_ = std::make_shared<const File>(std::move(file));
  segments_.push_back({.number = number,
                       .bytes = kSegmentHeaderBytes,
                       .first_record = end_.record,
                       .items_before = end_.items,
                       .created = now});
  shared_.bytes += kSegmentHeaderBytes;
  shared_.folder_dirty = true;
  return true;
}

bool Lane::Settle() {
  const auto busy = std::exchange(busy_, std::nullopt);
  if (!busy || busy->dropped) return false;
  MoveTo({.record = busy->number + 1, .items = next_.items + busy->items});
  RemoveWhatWasRead();
  return true;
}

bool Lane::Release(bool may_have_arrived) {
  const auto busy = std::exchange(busy_, std::nullopt);
  if (!busy || busy->dropped) return false;
  if (!may_have_arrived && !busy->attempted) {
    attempted_ = 0;
    WritePosition();
  }
  if (reader_) reader_->StepBack();
  return true;
}

std::optional<std::uint64_t> Lane::oldest_segment() const noexcept {
  if (segments_.empty()) return std::nullopt;
  return segments_.front().number;
}

void Lane::DropOldestSegment() {
  const Mark behind =
      segments_.size() > 1 ? Mark{.record = segments_[1].first_record, .items = segments_[1].items_before} : end_;
  stats_.lost_bytes += segments_.front().bytes;
  RemoveFirstSegment();
  oldest_.reset();
  if (!segments_.empty()) oldest_ = segments_.front().created;
  if (behind.record <= next_.record) return;
  Mark from = next_;
  if (busy_ && !busy_->dropped) {  // whoever is busy with the first knows what becomes of it
    busy_->dropped = true;
    from = {.record = from.record + 1, .items = from.items + busy_->items};
  }
  MoveTo(behind);
  Lose(Lost::kLimit, from, behind);
}

void Lane::RemoveFirstSegment() {
  const Segment& segment = segments_.front();
  unlinkat(shared_.folder->get(), SegmentName(segment.number, name_).c_str(), 0);
  shared_.folder_dirty = true;
  shared_.bytes -= std::min(shared_.bytes, segment.bytes);
  reader_.reset();
  if (segments_.size() == 1) active_.reset();
  segments_.pop_front();
}

void Lane::RemoveWhatWasRead() {
  while (segments_.size() > 1 && segments_[1].first_record <= next_.record) {
    RemoveFirstSegment();
  }
  if (!empty()) return;
  oldest_.reset();
  const bool keep = active_ && segments_.size() == 1 && segments_.front().bytes < kKeptBytes;
  while (!keep && !segments_.empty()) RemoveFirstSegment();
}

void Lane::LoseUpTo(Mark mark) {
  if (mark.record <= next_.record) return;
  const Mark from = next_;
  MoveTo(mark);
  Lose(Lost::kDamaged, from, mark);
}

void Lane::Lose(Lost why, Mark from, Mark to) {
  // Files that were put together from several folders may say anything.
  const std::uint64_t items = to.items > from.items ? to.items - from.items : 0;
  stats_.lost_records[static_cast<std::size_t>(why)] += to.record - from.record;
  stats_.lost_items[static_cast<std::size_t>(why)] += items;
  if (events_.lost && items > 0) events_.lost(why, items);
}

void Lane::MoveTo(Mark mark, std::uint64_t attempted) {
  next_ = mark;
  attempted_ = attempted;
  WritePosition();
}

void Lane::WritePosition() {
  const Position position{
      .generation = ++generation_, .next_record = next_.record, .items_before = next_.items, .attempted = attempted_};
  if (!position_.is_open()) return;
  if (const int error = position_.WriteAt(position.generation % 2 * kPositionBytes, Encode(position)); error != 0) {
    shared_.Failed("cannot note in it what was sent", error);
  }
}

LaneStats Lane::stats() const {
  LaneStats stats = stats_;
  stats.records = end_.record - next_.record;
  stats.items = end_.items - next_.items;
  if (!empty() && oldest_) stats.oldest = ToTime(*oldest_);
  return stats;
}

}  // namespace guildscope::spool
