#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "guildscope/flight_recorder/recorder.hpp"

namespace guildscope::flight {

struct RecordedItem {
  Kind kind = Kind::kLog;
  std::uint64_t unix_nano = 0;
  std::uint32_t thread = 0;
  bool delivered = false;    ///< A collector has it.
  std::string scope;         ///< As ScopeSpans and ScopeLogs say it: their first field.
  std::string body;          ///< Encoded Span or LogRecord.
  std::uint64_t key = 0;     ///< See Recorder::KeyOf.
  std::uint64_t offset = 0;  ///< In the file; for Recordings::MarkDelivered.
};

/// How a process ended, as its own handler saw it.
struct CrashReport {
  int signal = 0;
  int code = 0;
  std::uint64_t address = 0;  ///< Of a fault; 0 when somebody sent the signal.
  std::uint64_t unix_nano = 0;
  std::uint32_t thread = 0;
  std::vector<std::string> frames;  ///< `libmusic.so+0x1234`, the innermost first; offsets are what addr2line takes.
};

/// `SIGSEGV at 0x0`, `SIGABRT`.
[[nodiscard]] std::string ToString(const CrashReport& crash);

/// What was found in a file: every record that is whole, oldest first.
struct Recording {
  std::uint32_t pid = 0;
  std::uint64_t created_unix_nano = 0;
  bool before_reboot = false;  ///< The machine was started again since.
  bool ended_cleanly = false;
  bool reported = false;  ///< How it ended was told to a collector.
  std::string service_name;
  std::string instance_id;
  std::string resource;  ///< Encoded; empty when it was too long.
  std::optional<CrashReport> crash;
  std::vector<RecordedItem> items;
  std::uint64_t torn_bytes = 0;  ///< Of the ring's last turn, held by no whole record.

  /// When the process was last heard of: its crash or its last record.
  [[nodiscard]] std::uint64_t LastUnixNano() const noexcept;
  /// Spans whose start is in the ring and whose end is not, oldest first. Borrowed.
  [[nodiscard]] std::vector<const RecordedItem*> OpenSpans() const;
};

/// Reads a file whatever is in it. Throws std::runtime_error that says in what it is no recording: not ours, another
/// version's, cut short.
///
/// Cost: the file in memory, some 10 ms for 4 MiB. Threads: any; a file that is written meanwhile is read as far as it
/// is whole.
[[nodiscard]] Recording ReadRecording(const std::filesystem::path& file);
/// The same of bytes. For tests.
[[nodiscard]] Recording ParseRecording(const std::string& bytes);

}  // namespace guildscope::flight
