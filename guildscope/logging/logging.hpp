#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "guildscope/base/clock.hpp"
#include "guildscope/base/redactor.hpp"
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
  /// Resource attributes that every line of a file ends with, such as service.name and service.instance.id. OTLP has
  /// them from its provider.
  std::map<std::string, std::string> resource = {};
};

/// The exporter's own records: never sent by OTLP (a failing export would feed itself), and shown on the console even
/// when otlp_only keeps it quiet.
inline constexpr std::string_view kExporterLogger = "guildscope.export";
inline constexpr std::string_view kOpenTelemetryLogger = "opentelemetry";

/// Owns the sinks and every logger's level. Each text is redacted before any sink sees it, and control characters are
/// escaped in lines, so that no message can look like a second record.
///
/// Sinks: the console, which is stderr (stdout belongs to what programs print for machines); a rotating file for each
/// logger in log_dir, which one process owns at a time; OTLP, through OpenTelemetry's logs API.
///
/// Threads: any. Lifetime: loggers that it gave may outlive it and then write nothing.
class Logging {
 public:
  /// Throws std::invalid_argument for a count or size out of range, and std::runtime_error when the directory cannot be
  /// made or written, or belongs to another process, with the path and the reason.
  Logging(LoggingOptions options, std::shared_ptr<const Redactor> redactor, const Clock& clock = RealClock());
  ~Logging();
  Logging(const Logging&) = delete;
  Logging& operator=(const Logging&) = delete;

  /// The logger of this name; made at the first call.
  [[nodiscard]] Logger Get(std::string_view name);
  [[nodiscard]] Logger GetThirdParty(std::string_view name);

  /// New levels for every logger, those that exist and those to come. What SIGHUP does.
  void SetLevels(Level level, std::map<std::string, Level, std::less<>> loggers, Level third_party_level);

  /// From now on records also go to OpenTelemetry's global logger provider, and with otlp_only the console is quiet.
  /// Called when the exporter runs. Until then, and after DisableOtlp, the console has everything.
  void EnableOtlp();
  void DisableOtlp() noexcept;

  /// Records that a sink could not take since the start: a full disk, a directory that vanished.
  [[nodiscard]] std::uint64_t lost() const noexcept;

  /// Writes what is buffered to the files.
  void Flush() noexcept;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace guildscope::logging
