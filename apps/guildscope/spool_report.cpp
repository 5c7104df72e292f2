#include "apps/guildscope/spool_report.hpp"

#include <algorithm>
#include <sstream>

#include "guildscope/spool/inspect.hpp"

namespace guildscope {
namespace {

std::string Age(std::int64_t since, std::chrono::system_clock::time_point now) {
  const auto age =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch() - std::chrono::nanoseconds(since));
  return std::to_string(std::max<std::int64_t>(age.count(), 0)) + " s";
}

}  // namespace

SpoolReport ReportSpool(const std::string& directory, std::size_t max_bytes,
                        std::chrono::system_clock::time_point now) {
  const spool::Inspection found = spool::Inspect(directory);
  std::ostringstream out;
  out << "spool " << directory << ": ";
  if (!found.problem.empty()) {
    out << "cannot be read: " << found.problem << '\n';
    return {.text = out.str(), .sound = false};
  }
  out << found.bytes << " of " << max_bytes << " bytes, ";
  if (!found.in_use) out << "no process uses it";
  if (found.in_use) out << "in use" << (found.holder > 0 ? " by process " + std::to_string(found.holder) : "");
  out << '\n';
  bool sound = true;
  for (const spool::LaneInspection& lane : found.lanes) {
    out << "  " << lane.name << ": " << lane.records << " requests with " << lane.items << " items wait";
    if (lane.oldest != 0) out << ", the oldest for " << Age(lane.oldest, now);
    if (lane.damaged > 0) out << "; " << lane.damaged << " places are damaged";
    sound = sound && lane.damaged == 0;
    out << '\n';
  }
  if (found.other_version > 0) out << "  " << found.other_version << " files of a later version are left alone\n";
  return {.text = out.str(), .sound = sound};
}

}  // namespace guildscope
