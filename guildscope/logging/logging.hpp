#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/base/fast_clock.hpp"
#include "guildscope/base/redactor.hpp"
#include "guildscope/logging/level_counts.hpp"
#include "guildscope/logging/logger.hpp"

namespace guildscope::logging {

struct LoggingOptions {
  Level level = Level::kInfo;
  /// By logger name; wins over `level` and `third_party_level`.
  std::map<std::string, Level, std::less<>> loggers;
  /// Of loggers that carry other libraries' messages (`dpp`, `opentelemetry`).
  Level third_party_level = Level::kWarning;
  /// No local file and a quiet console: only start-up, errors of the exporter, and everything when OTLP cannot start.
  bool otlp_only = false;
  /// Empty: no files. Else one file a logger: `music.log`, rotated to `music.1.log` and on.
  std::string log_dir;
  std::size_t log_file_count = 5;                     ///< 1 to 1000, the current one included.
  std::size_t log_file_max_bytes = 10 * 1024 * 1024;  ///< 4 KiB to 1 GiB
  /// What may wait for the thread that writes console and files: records, and their bytes. DEBUG may fill half of both,
  /// INFO 70 %, WARNING 85 %, ERROR and CRITICAL all.
  std::size_t queue_size = 8'192;             ///< 1 to 10,000,000.
  std::size_t queue_bytes = 2 * 1024 * 1024;  ///< 64 KiB to 1 GiB, rounded up to a power of two.
  /// Resource attributes that every line of a file ends with, such as service.name and service.instance.id. OTLP has
  /// them from its provider.
  std::map<std::string, std::string> resource = {};
};

/// The exporter's own records: never sent by OTLP (a failing export would feed itself), and shown on the console even
/// when otlp_only keeps it quiet.
inline constexpr std::string_view kExporterLogger = "guildscope.export";
inline constexpr std::string_view kOpenTelemetryLogger = "opentelemetry";

/// One logger as it is now. The counts go up from 0 and are not of one instant.
struct LoggerReport {
  std::string name;
  Level level = Level::kOff;       ///< In force.
  Level configured = Level::kOff;  ///< What ResetLevel returns to.
  bool third_party = false;
  LevelCounts records{};           ///< At or above its level.
  std::uint64_t dropped = 0;       ///< Of those: not written to console and file, because the queue was full.
  std::uint64_t otlp_dropped = 0;  ///< Of those: not sent, because OTLP's queue was full.
};

/// What loggers have that have no level of their own.
struct DefaultLevels {
  Level level = Level::kOff;
  Level third_party = Level::kOff;
};

/// Owns the sinks and every logger's level. Each text is redacted before any sink writes it, and control characters are
/// escaped in lines, so that no message can look like a second record.
///
/// Sinks: the console, which is stderr (stdout belongs to what programs print for machines); a rotating file for each
/// logger in log_dir, which one process owns at a time; OTLP, through OpenTelemetry's logs API.
///
/// Console and files are written by a thread of its own, in the order in which a thread logged. What it cannot keep up
/// with is dropped, less important levels first, counted, and told in one line, once a second at most. ERROR and
/// CRITICAL lines are written at once; others within some milliseconds: what a process that crashes in between had to
/// say is lost.
///
/// Cost: of a record some 100 ns, beside its text: it is copied into a ring, and for OTLP into a queue. The ring's
/// queue_bytes are all the memory that waiting lines take.
/// Threads: any. Lifetime: loggers that it gave may outlive it and then write nothing. A forked child that goes on
/// without exec writes nothing either.
class Logging {
 public:
  /// Throws std::invalid_argument for a count or size out of range, and std::runtime_error when the directory cannot be
  /// made or written, or belongs to another process, with the path and the reason.
  Logging(LoggingOptions options, std::shared_ptr<const Redactor> redactor, const Clock& clock = FastClock());
  /// Writes what waits, within a second.
  ~Logging();
  Logging(const Logging&) = delete;
  Logging& operator=(const Logging&) = delete;

  /// The logger of this name; made at the first call.
  [[nodiscard]] Logger Get(std::string_view name);
  [[nodiscard]] Logger GetThirdParty(std::string_view name);

  /// New levels for every logger, those that exist and those to come; undoes SetLevel. What SIGHUP does.
  void SetLevels(Level level, std::map<std::string, Level, std::less<>> loggers, Level third_party_level);

  /// Another level for one logger, until ResetLevel or SetLevels. False when there is no logger of that name.
  bool SetLevel(std::string_view name, Level level);
  bool ResetLevel(std::string_view name);

  /// Every logger there is, by name.
  [[nodiscard]] std::vector<LoggerReport> Loggers() const;

  [[nodiscard]] DefaultLevels default_levels() const;

  /// From now on records also go to OpenTelemetry's global logger provider, and with otlp_only the console is quiet.
  /// Called when the exporter runs. Until then, and after DisableOtlp, the console has everything.
  void EnableOtlp();
  void DisableOtlp() noexcept;

  /// Records that console or files did not get since the start: dropped ones, and those that a sink could not take (a
  /// full disk, a directory that vanished, a terminal that takes nothing).
  [[nodiscard]] std::uint64_t lost() const noexcept;

  /// Of those: dropped, because they came faster than they could be written.
  [[nodiscard]] LevelCounts dropped() const noexcept;

  /// Waits until what was logged before the call is with the console and the files. False when that takes too long.
  bool Flush(std::chrono::milliseconds limit = std::chrono::milliseconds(1'000)) noexcept;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace guildscope::logging
