#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "guildscope/logging/console.hpp"
#include "guildscope/logging/log_directory.hpp"
#include "guildscope/logging/logging.hpp"
#include "guildscope/logging/otlp_sink.hpp"
#include "guildscope/logging/pending_record.hpp"
#include "guildscope/logging/record_queue.hpp"

namespace guildscope::logging {

/// What the loggers share and keep alive: the sinks. Close breaks the circle of loggers, core and writing thread.
class Logging::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(LoggingOptions options, std::shared_ptr<const Redactor> redactor, const Clock& clock);

  /// The writing thread. Before anything else.
  void Start();

  Logger Get(std::string_view name, bool third_party);
  void SetLevels(Level level, std::map<std::string, Level, std::less<>> loggers, Level third_party_level);
  bool SetLevel(std::string_view name, Level level);
  bool ResetLevel(std::string_view name);
  [[nodiscard]] std::vector<LoggerReport> Loggers() const;
  [[nodiscard]] DefaultLevels default_levels() const;
  void EnableOtlp();
  void DisableOtlp() noexcept;
  void Close() noexcept;
  bool Flush(std::chrono::milliseconds limit) noexcept { return queue_->Flush(limit); }
  [[nodiscard]] std::uint64_t lost() const noexcept;
  [[nodiscard]] LevelCounts dropped() const noexcept { return queue_->dropped(); }

 private:
  class State;

  /// On the logging thread: never waits.
  void Record(State& state, Level level, std::string_view message, const Fields& fields,
              const std::source_location& location) noexcept;
  /// On the writing thread.
  void WriteLine(std::string_view pending) noexcept;
  void WriteLine(const State& state, const logging::Record& record, bool to_console) noexcept;
  /// One line, once a second at most.
  void TellDropped(const LevelCounts& dropped) noexcept;

  [[nodiscard]] bool ToConsole(const State& state) const noexcept;
  [[nodiscard]] Level ConfiguredLevelOf(const std::string& name, bool third_party) const;  // with mutex_
  void SetThreshold(State& state);                                                         // with mutex_
  /// What a sink throws is counted, and keeps no other sink from its record.
  template <typename Work>
  void Guarded(Work&& work) noexcept {
    try {
      work();
    } catch (...) {
      lost_.fetch_add(1, std::memory_order_relaxed);
    }
  }

  const std::shared_ptr<const Redactor> redactor_;
  const Clock& clock_;
  const bool otlp_only_;
  std::string resource_;  // what lines of files end with
  std::atomic<bool> quiet_console_{false};
  std::atomic<std::uint64_t> lost_{0};  // by sinks
  std::unique_ptr<RecordQueue> queue_;

  // Of the writing thread.
  Console console_;
  std::shared_ptr<State> own_;  // the logger that says what was dropped
  LevelCounts told_{};
  std::chrono::steady_clock::time_point last_told_;

  mutable std::mutex mutex_;
  LoggingOptions options_;                                             // guarded by mutex_
  std::unique_ptr<LogDirectory> directory_;                            // guarded by mutex_
  std::map<std::string, std::shared_ptr<State>, std::less<>> states_;  // guarded by mutex_
  bool otlp_ = false;                                                  // guarded by mutex_
  bool closed_ = false;                                                // guarded by mutex_
};

/// One logger: its name, its file, its counts, and its counterpart in OpenTelemetry.
class Logging::Core::State final : public LoggerState {
 public:
  State(std::shared_ptr<Core> core, std::string name, std::shared_ptr<LogFile> file);

  void Write(Level level, std::string_view message, const Fields& fields,
             const std::source_location& location) noexcept override {
    core_->Record(*this, level, message, fields, location);
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] LogFile* file() const noexcept { return file_.get(); }
  [[nodiscard]] bool of_exporter() const noexcept { return of_exporter_; }

  /// Null while records are not sent by OTLP. Lives as long as the logger.
  [[nodiscard]] const OtlpSink* otlp() const noexcept { return otlp_.load(std::memory_order_acquire); }
  /// Guarded by Core's mutex.
  void set_otlp(std::unique_ptr<const OtlpSink> sink);

  struct Counts {
    std::array<std::atomic<std::uint64_t>, 5> records{};
    std::atomic<std::uint64_t> dropped{0};
    std::atomic<std::uint64_t> otlp_dropped{0};
  };
  Counts counts;

  bool third_party = false;            // guarded by Core's mutex
  std::optional<Level> level_at_hand;  // guarded by Core's mutex; set by SetLevel

 private:
  const std::string name_;
  const std::shared_ptr<Core> core_;
  const std::shared_ptr<LogFile> file_;
  const bool of_exporter_;
  std::atomic<const OtlpSink*> otlp_{nullptr};
  std::vector<std::unique_ptr<const OtlpSink>> sinks_;  // all that there were, since a thread may be in one
};

}  // namespace guildscope::logging
