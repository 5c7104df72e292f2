#pragma once

#include <spdlog/fmt/fmt.h>

#include <atomic>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace guildscope::logging {

enum class Level { kDebug, kInfo, kWarning, kError, kCritical, kOff };

/// `DEBUG`, `INFO`, `WARNING`, `ERROR`, `CRITICAL`, `OFF`.
[[nodiscard]] std::string_view ToString(Level level) noexcept;

/// Any case. Throws std::invalid_argument that quotes the text and lists what is accepted.
[[nodiscard]] Level ParseLevel(std::string_view text);

/// A structured field of one record: an attribute in OTLP, `key=value` behind the message elsewhere. The key is
/// borrowed: use a literal.
using Field = std::pair<std::string_view, std::string>;
using Fields = std::vector<Field>;

/// A format string that remembers where it was written.
template <typename... Args>
struct Format {
  fmt::format_string<Args...> text;
  std::source_location location;

  template <typename Text>
  consteval Format(const Text& t, std::source_location l = std::source_location::current())  // NOLINT
      : text(t), location(l) {}
};

/// What the loggers of one name share; made by Logging.
class LoggerState {
 public:
  virtual ~LoggerState() = default;
  virtual void Write(Level level, std::string_view message, const Fields& fields,
                     const std::source_location& location) noexcept = 0;

  [[nodiscard]] Level threshold() const noexcept { return threshold_.load(std::memory_order_relaxed); }
  void set_threshold(Level level) noexcept { threshold_.store(level, std::memory_order_relaxed); }

 private:
  std::atomic<Level> threshold_{Level::kOff};
};

/// Writes records under one name. The active span's trace and span id are part of every record. Logging never throws: a
/// message that cannot be formatted says so, and what a sink cannot take is counted (Logging::lost).
///
/// Cost: below the level, one relaxed load; else formatting and a hand-over to the sinks.
/// Threads: any. Lifetime: a small copyable value; works (and writes nothing) after Logging was shut down.
class Logger {
 public:
  Logger() noexcept = default;  ///< Writes nothing.
  explicit Logger(std::shared_ptr<LoggerState> state) noexcept : state_(std::move(state)) {}

  template <typename... Args>
  void Debug(Format<std::type_identity_t<Args>...> format, Args&&... args) const {
    Log(Level::kDebug, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void Info(Format<std::type_identity_t<Args>...> format, Args&&... args) const {
    Log(Level::kInfo, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void Warning(Format<std::type_identity_t<Args>...> format, Args&&... args) const {
    Log(Level::kWarning, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void Error(Format<std::type_identity_t<Args>...> format, Args&&... args) const {
    Log(Level::kError, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void Critical(Format<std::type_identity_t<Args>...> format, Args&&... args) const {
    Log(Level::kCritical, format, std::forward<Args>(args)...);
  }

  /// The same with structured fields: logger.With({{"guild_id", id}}).Info("joined {}", channel).
  [[nodiscard]] Logger With(Fields fields) const;

  [[nodiscard]] bool Enabled(Level level) const noexcept {
    return state_ && level >= state_->threshold() && level != Level::kOff;
  }

  /// A ready text, for bridges from other logging libraries.
  void Write(Level level, std::string_view message, const std::source_location& location) const noexcept;

 private:
  template <typename... Args>
  void Log(Level level, const Format<std::type_identity_t<Args>...>& format, Args&&... args) const noexcept {
    if (!Enabled(level)) return;
    WriteFormatted(level, format.text, fmt::make_format_args(args...), format.location);
  }
  void WriteFormatted(Level level, fmt::string_view format, fmt::format_args args,
                      const std::source_location& location) const noexcept;

  std::shared_ptr<LoggerState> state_;
  std::shared_ptr<const Fields> fields_;
};

}  // namespace guildscope::logging
