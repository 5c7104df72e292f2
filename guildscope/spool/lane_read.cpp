#include <fcntl.h>

#include <cerrno>

#include "guildscope/spool/lane.hpp"

/// The half of Lane that reads.
namespace guildscope::spool {

std::optional<Record> Lane::Front() {
  while (const auto header = NextHeader()) {
    if (header->number < next_.record) continue;
    LoseUpTo({.record = header->number, .items = header->items_before});
    const Mark behind{.record = header->number + 1, .items = header->items_before + header->items};
    std::optional<std::string> body;
    const int error = reader_->ReadBody(*header, body);
    if (error != 0 || !body) {
      if (error != 0) shared_.Failed("cannot read from it", error);
      ++stats_.damaged_places;
      LoseUpTo(behind);
      continue;
    }
    oldest_ = header->time;
    const bool attempted = header->attempted || header->number == attempted_;
    busy_ = {.number = header->number, .items = header->items, .attempted = attempted};
    if (attempted_ != header->number) {
      attempted_ = header->number;
      WritePosition();
    }
    return Record{.number = header->number,
                  .items = header->items,
                  .bytes = std::move(*body),
                  .time = ToTime(header->time),
                  .attempted = attempted};
  }
  return std::nullopt;
}

std::optional<RecordHeader> Lane::NextHeader() {
  while (!segments_.empty()) {
    if (!reader_ && !OpenReader()) return std::nullopt;
    if (!reader_) continue;  // that segment has gone
    std::optional<RecordHeader> header;
    const std::uint64_t damaged = reader_->damaged();
    const int error = reader_->Next(segments_.front().bytes, header);
    stats_.damaged_places += reader_->damaged() - damaged;
    if (header) return header;
    if (error != 0) {
      shared_.Failed("cannot read from it", error);
      ++stats_.damaged_places;
    }
    const bool takes_more = active_ && segments_.size() == 1;
    if (takes_more && error == 0 && segments_.front().bytes < kKeptBytes) break;
    RemoveFirstSegment();
  }
  ReachEnd();
  return std::nullopt;
}

/// Opens the first segment, or removes it when it is not there any more. False when it cannot be opened now.
bool Lane::OpenReader() {
  auto file = std::make_shared<File>();
  const int error = File::Open(shared_.folder->get(), SegmentName(segments_.front().number, name_), O_RDONLY, *file);
  if (error == 0) {
    reader_.emplace(std::move(file));
    return true;
  }
  if (error != ENOENT) {
    shared_.Failed("cannot open a file in it", error);
    return false;
  }
  ++stats_.damaged_places;
  RemoveFirstSegment();
  return true;
}

/// There is no more to be read, although there may be more that was written.
void Lane::ReachEnd() {
  LoseUpTo(end_);
  oldest_.reset();
}

}  // namespace guildscope::spool
