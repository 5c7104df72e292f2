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
};

/// Owns the sinks (console, rotating files, OTLP) and every logger's level. Each text is redacted before any sink sees it.
///
/// Threads: any. Lifetime: loggers that it gave may outlive it and then write nothing.
class Logging {
 public:
  /// Throws std::runtime_error when the directory cannot be made or written, with the path and the reason.
  Logging(LoggingOptions options, std::shared_ptr<const Redactor> redactor, const Clock& clock = RealClock());
  ~Logging();
  Logging(const Logging&) = delete;
  Logging& operator=(const Logging&) = delete;

  /// The logger of this name; made at the first call.
  [[nodiscard]] Logger Get(std::string_view name);
  [[nodiscard]] Logger GetThirdParty(std::string_view name);

  /// New levels for every logger, those that exist and those to come. What SIGHUP does.
  void SetLevels(Level level, std::map<std::string, Level, std::less<>> loggers, Level third_party_level);

  /// From now on records also go to OpenTelemetry's global logger provider. Called by the exporter when it runs.
  void EnableOtlp();

  /// Writes what is buffered to the files.
  void Flush() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope::logging
