#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace guildscope::config {

/// One thing wrong with the settings.
struct Problem {
  std::string where;     ///< `config.yaml:12`, or `environment`
  std::string key;       ///< `monitoring.prefix`, or the variable's name
  std::string found;     ///< What was found; `***` for secrets.
  std::string accepted;  ///< What would have been.
};

/// Every problem of the settings at once; what() has one line for each.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<Problem> problems);
  [[nodiscard]] const std::vector<Problem>& problems() const noexcept { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// Where variables come from: the process environment, or a map in tests.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] Environment ProcessEnvironment();
[[nodiscard]] Environment MapEnvironment(std::map<std::string, std::string> variables);

/// The table of settings: each field once, with its key, its target, what it accepts, and what it means. Reading, checking
/// and docs/configuration.md are made from it. The default of a field is what its target holds when it is added.
///
/// A key `a.b.c` is also the environment variable `A_B_C`, which wins over the file. `${VAR}`, `${VAR:-default}` and
/// `!env VAR` in a value read the environment.
///
/// Threads: none. Lifetime: targets must outlive the schema.
class Schema {
 public:
  Schema& Bool(std::string key, bool* target, std::string help);
  Schema& Integer(std::string key, std::int64_t* target, std::int64_t lowest, std::int64_t highest, std::string help);
  template <typename T>
  Schema& Integer(std::string key, T* target, std::int64_t lowest, std::int64_t highest, std::string help) {
    return AddInteger(std::move(key), static_cast<std::int64_t>(*target), lowest, highest, std::move(help),
                      [target](std::int64_t v) { *target = static_cast<T>(v); });
  }
  Schema& Number(std::string key, double* target, double lowest, double highest, std::string help);
  /// In whole seconds, or with a unit: `90`, `90s`, `15m`, `500ms`, `2h`.
  Schema& Duration(std::string key, std::chrono::milliseconds* target, std::chrono::milliseconds lowest,
                   std::chrono::milliseconds highest, std::string help);
  Schema& Duration(std::string key, std::chrono::seconds* target, std::chrono::seconds lowest,
                   std::chrono::seconds highest, std::string help);
  Schema& String(std::string key, std::string* target, std::string help);
  /// Never printed: `***` in every message and document.
  Schema& Secret(std::string key, std::string* target, std::string help);
  Schema& Choice(std::string key, std::string* target, std::vector<std::string> accepted, std::string help);
  Schema& StringMap(std::string key, std::map<std::string, std::string>* target, std::string help);
  /// Any further check; returns what is accepted when the text is not.
  Schema& Checked(std::string key, std::string* target, std::string accepted,
                  std::function<bool(const std::string&)> accepts, std::string help);

  /// Reads a file (may be empty: the environment alone), then the environment. Throws ConfigError with every problem:
  /// a file that cannot be read or parsed, unknown keys (with the nearest known one), wrong types, values out of range.
  void Load(const std::string& path, const Environment& environment);
  void LoadText(std::string_view yaml, const std::string& name, const Environment& environment);

  /// The fields as a Markdown table: key, variable, type and range, default, meaning.
  [[nodiscard]] std::string ToMarkdown() const;

  /// The values of Secret fields after Load, for the redactor.
  [[nodiscard]] std::vector<std::string> SecretValues() const;

 private:
  struct Field;
  Schema& AddInteger(std::string key, std::int64_t initial, std::int64_t lowest, std::int64_t highest, std::string help,
                     std::function<void(std::int64_t)> set);
  std::vector<Field> fields_;
};

}  // namespace guildscope::config
