#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "guildscope/base/redactor.hpp"

namespace guildscope::flight {

namespace format {
struct Header;
}
class CrashHandler;

enum class Kind : std::uint32_t {
  kSpanStarted = 1,
  kSpanEnded = 2,
  kLog = 3,
  kDelivered = 4,          ///< What a collector has: keys.
  kSpanEndedTooLarge = 5,  ///< The ids alone.
};

/// Takes what is secret out of an encoded record that has something. Called on the recording thread; may allocate and
/// throw. Whatever it returns is recorded.
using Clean = std::function<std::string(Kind kind, std::string_view body)>;

struct RecorderOptions {
  std::filesystem::path directory;          ///< Made when it is missing.
  std::size_t max_bytes = 4 * 1024 * 1024;  ///< Of the file; 256 KiB at least.
  bool crash_handler = true;                ///< SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT leave a word in the file.
  std::string service_name = {};
  std::string instance_id = {};
  std::string resource = {};  ///< Encoded; left out when it is longer than 16 KiB.
};

/// The last seconds of spans and log records, in a mapped file that survives the process: also a SIGKILL, because the
/// pages are the kernel's. Not a machine that loses power. For what must arrive use a queue and an exporter: here the
/// oldest is overwritten without a word.
///
/// `body` is an encoded opentelemetry.proto Span or LogRecord, `scope` says of which scope (the first field of a
/// ScopeSpans or ScopeLogs), `unix_nano`
/// when it happened. What a Redactor would change does not go into the file: it is cleaned first, off the hot path.
/// Scopes are names that code gives and are taken as they are.
///
/// Cost: a copy with a checksum, an atomic addition, a look for secrets (`BM_FlightRecord`). Never waits and never
/// allocates, but for the cleaning, and for the first record of a thread with crash_handler on, which gives the thread
/// a stack for signals. On a file system with a disk below, a page that the kernel has just written back takes it a
/// moment to hand out again, and there is as much to write as is recorded: a directory in memory (/run, /dev/shm) has
/// neither.
/// Threads: any. Lifetime: until the last user has gone; a child that was forked may record, and leaves the file alone.
class Recorder {
 public:
  /// Throws std::runtime_error that says what is wrong with the directory: permissions, no space.
  Recorder(const RecorderOptions& options, std::shared_ptr<const Redactor> redactor, Clean clean);
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void SpanStarted(std::string_view scope, std::string_view body, std::uint64_t unix_nano) noexcept {
    Record(Kind::kSpanStarted, scope, body, unix_nano);
  }
  void SpanEnded(std::string_view scope, std::string_view body, std::uint64_t unix_nano) noexcept {
    Record(Kind::kSpanEnded, scope, body, unix_nano);
  }
  void LogRecorded(std::string_view scope, std::string_view body, std::uint64_t unix_nano) noexcept {
    Record(Kind::kLog, scope, body, unix_nano);
  }

  /// By what Delivered knows a finished span or a log record: the span's id, or a hash of all bytes as they were given
  /// to LogRecorded.
  [[nodiscard]] static std::uint64_t KeyOf(Kind kind, std::string_view body) noexcept;

  /// A collector has these, or a spool that will send them: they are not sent again after a crash. What was accepted
  /// and could not be told here before the process ended, a batch at most of each signal, arrives twice, spans with the
  /// same ids.
  void Delivered(std::span<const std::uint64_t> keys) noexcept;

  /// The process ends as it should: there is nothing to recover. The file goes; what is still recorded goes nowhere.
  void EndCleanly() noexcept;

  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }
  /// Records that are longer than a sixteenth of the ring, or than 64 KiB.
  [[nodiscard]] std::uint64_t too_large() const noexcept { return too_large_.load(std::memory_order_relaxed); }
  /// Records that could not be cleaned.
  [[nodiscard]] std::uint64_t not_cleaned() const noexcept { return not_cleaned_.load(std::memory_order_relaxed); }

 private:
  void Record(Kind kind, std::string_view scope, std::string_view body, std::uint64_t unix_nano) noexcept;
  void RecordCleaned(Kind kind, std::string_view scope, std::string_view body, std::uint64_t unix_nano) noexcept;
  void RecordTooLarge(Kind kind, std::string_view body, std::uint64_t unix_nano) noexcept;
  void Write(Kind kind, std::string_view scope, std::string_view body, std::uint64_t unix_nano,
             std::uint64_t key) noexcept;
  void Open(const RecorderOptions& options);
  void FillHeader(const RecorderOptions& options);
  void Close() noexcept;

  const std::shared_ptr<const Redactor> redactor_;
  const Clean clean_;
  std::filesystem::path file_;
  int fd_ = -1;  // holds the lock that says that the process lives
  std::size_t mapped_bytes_ = 0;
  format::Header* header_ = nullptr;
  std::uint64_t* ring_ = nullptr;
  std::size_t ring_words_ = 0;
  std::size_t largest_ = 0;
  bool signal_stacks_ = false;
  std::atomic<std::uint64_t> too_large_{0};
  std::atomic<std::uint64_t> not_cleaned_{0};
  std::unique_ptr<CrashHandler> crash_handler_;
};

}  // namespace guildscope::flight
