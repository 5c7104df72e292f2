#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace guildscope::exporting {

/// Why an item did not reach its collector.
enum class Loss : std::size_t {
  kQueueFull,     ///< Items were recorded faster than they could be sent.
  kExportFailed,  ///< The collector refused them, or could not be reached within the bound for retries.
  kTimeout,       ///< The collector did not answer in time.
  kRejected,      ///< The collector took the request but not all of it (OTLP partial success).
  kShutdown,      ///< The process ended first.
  kSpoolFull,     ///< Kept on disk, and the oldest there when its limit was reached.
  kSpoolDamaged,  ///< Kept on disk, and cannot be read any more.
};
inline constexpr std::array kLosses{Loss::kQueueFull, Loss::kExportFailed, Loss::kTimeout,     Loss::kRejected,
                                    Loss::kShutdown,  Loss::kSpoolFull,    Loss::kSpoolDamaged};

/// The value of the label `error.type`.
[[nodiscard]] constexpr std::string_view ToString(Loss loss) noexcept {
  switch (loss) {
    case Loss::kQueueFull:
      return "queue_full";
    case Loss::kExportFailed:
      return "export_failed";
    case Loss::kTimeout:
      return "timeout";
    case Loss::kRejected:
      return "rejected";
    case Loss::kShutdown:
      return "shutdown";
    case Loss::kSpoolFull:
      return "spool_full";
    case Loss::kSpoolDamaged:
      return "spool_damaged";
  }
  return "";
}

}  // namespace guildscope::exporting
