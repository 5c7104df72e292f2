#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/base/clock.hpp"
#include "guildscope/spool/options.hpp"

namespace guildscope::spool {

/// One record, as it was appended.
struct Record {
  std::uint64_t number = 0;  ///< Of its lane, without gaps.
  std::uint32_t items = 0;
  std::string bytes;
  std::chrono::system_clock::time_point time;
  bool attempted = false;  ///< It may have arrived before, and nobody knows.
};

/// Why records that were in the spool are not there any more, though nobody took them.
enum class Lost : std::size_t {
  kLimit,    ///< The oldest segment made room for what came later.
  kDamaged,  ///< Their bytes are not what was written, or have gone.
};

/// What the owner of a lane is told, while the spool is locked: count it, and do not call the spool.
struct LaneEvents {
  std::function<void(std::uint64_t items)> found;  ///< An earlier process left these behind.
  std::function<void(Lost why, std::uint64_t items)> lost;
};

struct LaneStats {
  std::uint64_t records = 0;  ///< Waiting.
  std::uint64_t items = 0;    ///< Waiting.
  std::uint64_t written_items = 0;
  std::uint64_t lost_items[2] = {};    ///< By Lost.
  std::uint64_t lost_records[2] = {};  ///< By Lost.
  std::uint64_t lost_bytes = 0;        ///< Of the segments that made room.
  std::uint64_t damaged_places = 0;
  std::optional<std::chrono::system_clock::time_point> oldest;
};

struct SpoolStats {
  bool usable = false;
  std::string problem;      ///< Why it is not usable, or what the last failure was; empty when all is well.
  std::uint64_t bytes = 0;  ///< Of all segments.
  std::uint64_t max_bytes = 0;
  std::uint64_t write_errors = 0;
  std::vector<LaneStats> lanes;
};

/// Records on disk, first in, first out, in lanes that are read independently and share one folder and its limit. They
/// survive the process, however it ends; what an earlier process left behind comes first.
///
/// At the limit the oldest segment goes, of whatever lane. What is damaged is stepped over. Both are counted, to the
/// item: see format.hpp. One process at a time uses a folder; another one's use of it, and every failure of the disk,
/// make the spool unusable for a while (Append says so), and it tries again by itself.
///
/// Do not use it where a record must never be read twice: what Front gave and nobody settled before the process ended
/// is given again, and so is what was settled just before a power failure.
///
/// Cost: an Append is the compression, a CRC and one write(2); a Front the same backwards. Memory: some 100 bytes a
/// segment. Threads: any; those of one lane's Append take turns, and so do those of one lane's Front, Settle and
/// Release. Lifetime: the destructor waits for no disk: call Sync before it. The clock, and what the events use, must
/// outlive it.
class Spool {
 public:
  /// Does not touch the disk. Lane i is called `lanes[i]`; names are letters and digits.
  Spool(Options options, std::vector<std::string> lanes, const Clock& clock = RealClock());
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// Before the first use of the lane, by this object; others' use may have begun.
  void SetEvents(std::size_t lane, LaneEvents events);

  /// Takes the folder, when nobody did yet, no other process has it and no attempt was made just before. True when the
  /// spool is usable.
  bool Open();

  struct Append {
    std::uint32_t items = 0;
    std::string_view bytes;
    bool attempted = false;  ///< See Record.
    bool front = false;      ///< Somebody is busy with it, as after Front. Only when the lane is empty.
  };
  /// The record's number; 0 when it could not be written, and then the spool is as it was.
  std::uint64_t Put(std::size_t lane, const Append& append);

  /// The lane's oldest record, to be settled or released before the next call; nothing when there is none, or none can
  /// be read for now.
  std::optional<Record> Front(std::size_t lane);
  /// The record that Front gave is done with. False when it had made room for others, and was not counted as lost.
  bool Settle(std::size_t lane);
  /// It stays, and Front will give it again. False as for Settle.
  bool Release(std::size_t lane, bool may_have_arrived = true);

  [[nodiscard]] bool empty(std::size_t lane) const;

  /// Under Fsync::kInterval: makes what was written durable, when it is time to. Waits for the disk, and lets others go
  /// on meanwhile.
  void SyncWhenDue();
  /// What was written is durable afterwards, unless the setting is Fsync::kNever.
  void Sync();

  [[nodiscard]] SpoolStats stats() const;
  [[nodiscard]] const Options& options() const noexcept;

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope::spool
