#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "guildscope/spool/file.hpp"
#include "guildscope/spool/format.hpp"

/// A spool's folder: `lock`, `LANE.position`, and segments `00000000000000000042.LANE`.
namespace guildscope::spool {

[[nodiscard]] std::string SegmentName(std::uint64_t number, const std::string& lane);
[[nodiscard]] std::string PositionName(const std::string& lane);

/// A segment's file, and what its headers say.
struct FoundSegment {
  std::uint64_t number = 0;
  std::string lane;
  std::uint64_t bytes = 0;
  std::optional<RecordHeader> first;  ///< Nothing when no record can be told.
  std::optional<RecordHeader> last;
  std::uint64_t first_record = 0;  ///< 0 when neither the header nor a record says it.
  std::uint64_t items_before = 0;
  std::uint64_t damaged = 0;
  std::int64_t created = 0;
  bool other_version = false;  ///< Written by a later version of this library: not to be touched.
};

/// Every segment of the folder, oldest first. Reads headers alone. Returns an errno; a file that cannot be read is left
/// out.
[[nodiscard]] int FindSegments(int folder, std::vector<FoundSegment>& segments);

/// Where the lane was read up to; nothing when no file says it.
[[nodiscard]] std::optional<Position> ReadPosition(int folder, const std::string& lane);

/// The folder, made when it is missing. Returns an errno.
[[nodiscard]] int OpenFolder(const std::string& path, File& folder);

/// Makes this process the folder's only user, for as long as the file is open. EWOULDBLOCK: another process is, and
/// `holder` is its id, 0 when it cannot be told.
[[nodiscard]] int Lock(int folder, File& lock, long& holder);
/// Whether a process holds the lock. A process that wants it at this very moment tries again a little later.
[[nodiscard]] bool IsLocked(int folder, long& holder);

}  // namespace guildscope::spool
