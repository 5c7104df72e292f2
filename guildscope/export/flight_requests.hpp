#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "guildscope/base/redactor.hpp"
#include "guildscope/export/signal.hpp"
#include "guildscope/flight_recorder/recording.hpp"

namespace guildscope::exporting {

/// One request of what a process left, and which of its recording's items are in it.
struct RecoveredRequest {
  Request request;
  std::vector<const flight::RecordedItem*> items;
  /// The record that says how the process ended is in it too.
  [[nodiscard]] bool reports_end() const noexcept { return request.items > items.size(); }
};

struct RecoveredRequests {
  std::vector<RecoveredRequest> requests;
  std::size_t already_delivered = 0;  ///< Items that a collector had before the process ended.
  std::size_t unreadable = 0;         ///< Items whose bytes are no message of OTLP.
};

/// What is to be exported of a process that ended without a shutdown, under its own resource: spans that ended and were
/// not delivered, and spans that were open, whose end is the last that was heard of the process and whose status is an
/// error. Each item says so: guildscope.recovered, guildscope.recovered.from_pid and, where it is known,
/// guildscope.recovered.signal.
///
/// Threads: any. Lifetime: the recording must outlive the result.
[[nodiscard]] RecoveredRequests RecoverSpans(const flight::Recording& recording, const Redactor& redactor);
/// Log records that were not delivered, and one more (FATAL) that says how the process ended.
[[nodiscard]] RecoveredRequests RecoverLogs(const flight::Recording& recording, const Redactor& redactor);

/// Of an encoded Span or LogRecord: the same without secrets. Throws std::runtime_error when it is none.
[[nodiscard]] std::string RedactRecord(flight::Kind kind, std::string_view body, const Redactor& redactor);

}  // namespace guildscope::exporting
