#include "guildscope/spool/inspect.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include "guildscope/spool/directory.hpp"
#include "guildscope/spool/segment_reader.hpp"

namespace guildscope::spool {
namespace {

void Look(int folder, const FoundSegment& segment, std::uint64_t next_record, LaneInspection& lane) {
  auto file = std::make_shared<File>();
  // One that has gone meanwhile was sent meanwhile.
  if (File::Open(folder, SegmentName(segment.number, segment.lane), O_RDONLY, *file) != 0) return;
  std::string header_bytes;
  if (file->ReadAt(0, kSegmentHeaderBytes, header_bytes) != 0 || !ParseSegmentHeader(header_bytes)) ++lane.damaged;
  SegmentReader reader(file);
  std::optional<RecordHeader> header;
  while (reader.Next(segment.bytes, header) == 0 && header) {
    if (header->number < next_record) continue;
    std::optional<std::string> body;
    if (reader.ReadBody(*header, body) != 0 || !body) continue;
    ++lane.records;
    lane.items += header->items;
    if (lane.oldest == 0) lane.oldest = header->time;
  }
  lane.damaged += reader.damaged();
}

}  // namespace

Inspection Inspect(const std::string& directory) {
  Inspection inspection;
  const File folder(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  int error = folder.is_open() ? 0 : errno;
  std::vector<FoundSegment> segments;
  if (error == 0) error = FindSegments(folder.get(), segments);
  if (error != 0) {
    inspection.problem = std::generic_category().message(error);
    return inspection;
  }
  inspection.in_use = IsLocked(folder.get(), inspection.holder);
  for (const FoundSegment& segment : segments) {
    inspection.bytes += segment.bytes;
    if (segment.other_version) {
      ++inspection.other_version;
      continue;
    }
    auto lane = std::ranges::find(inspection.lanes, segment.lane, &LaneInspection::name);
    if (lane == inspection.lanes.end()) {
      lane = inspection.lanes.insert(lane, LaneInspection{.name = segment.lane});
    }
    ++lane->segments;
    const auto position = ReadPosition(folder.get(), segment.lane);
    Look(folder.get(), segment, position ? position->next_record : 0, *lane);
  }
  return inspection;
}

}  // namespace guildscope::spool
