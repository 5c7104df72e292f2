#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "guildscope/config/environment.hpp"
#include "guildscope/config/problem.hpp"

namespace guildscope::config {

/// The table of settings: each field once, with its key, its target, what it accepts, and what it means. Reading,
/// checking and docs/configuration.md are made from it. The default of a field is what its target holds when it is
/// added.
///
/// A key `a.b.c` is also the environment variable `A_B_C`, which wins over the file; an empty variable is unset. In a
/// value, `${VAR}` and `${VAR:-default}` (for an unset or empty VAR) are replaced, `$${` is a plain `${`, and `!env
/// VAR` is the whole value of VAR.
///
/// Adding a field throws std::logic_error when its key or variable is taken.
/// Threads: none. Lifetime: targets must outlive the schema. To read settings again, make new targets and a new schema.
class Schema {
 public:
  Schema();
  ~Schema();
  Schema(Schema&&) noexcept;
  Schema& operator=(Schema&&) noexcept;

  /// `true`, `false`, `yes`, `no`, `on`, `off`, in any case.
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
  /// Matched in any case; the target gets the spelling of `accepted`.
  Schema& Choice(std::string key, std::string* target, const std::vector<std::string>& accepted, std::string help);
  /// The same for a target that is no text; each word with its value.
  template <typename T>
  Schema& Choice(std::string key, T* target, std::vector<std::pair<std::string, T>> accepted, std::string help) {
    std::vector<std::string> words;
    std::string initial;
    for (const auto& [word, value] : accepted) {
      words.push_back(word);
      if (value == *target) initial = word;
    }
    return AddChoice(std::move(key), std::move(initial), std::move(words), std::move(help),
                     [target, accepted = std::move(accepted)](std::size_t i) { *target = accepted[i].second; });
  }
  /// A YAML mapping, or `name=value,name=value` in the variable, which replaces the whole map.
  Schema& StringMap(std::string key, std::map<std::string, std::string>* target, std::string help);
  Schema& CheckedMap(std::string key, std::map<std::string, std::string>* target, const std::string& accepted,
                     std::function<bool(const std::string&)> accepts, std::string help);
  /// A StringMap whose values are secrets.
  Schema& SecretMap(std::string key, std::map<std::string, std::string>* target, std::string help);
  /// A YAML sequence, or texts with commas between them: `a,b`. Empty ones are left out.
  Schema& StringList(std::string key, std::vector<std::string>* target, std::string help);
  /// Any further check; `accepted` says in words what `accepts` accepts.
  Schema& Checked(std::string key, std::string* target, std::string accepted,
                  std::function<bool(const std::string&)> accepts, std::string help);
  /// Runs after all fields were read, for what concerns several of them: may adjust targets and add problems.
  Schema& Finally(std::function<void(const Schema&, std::vector<Problem>&)> step);

  /// Reads a file (may be empty: the environment alone), then the environment. Throws ConfigError with every problem:
  /// a file that cannot be read or parsed, unknown keys (with the nearest known one), wrong types, values out of range.
  void Load(const std::string& path, const Environment& environment);
  void LoadText(std::string_view yaml, const std::string& name, const Environment& environment);

  /// Whether the file or the environment gave the key a value, and where: `config.yaml:3`, `environment`, `default`.
  [[nodiscard]] bool IsSet(std::string_view key) const;
  [[nodiscard]] std::string Where(std::string_view key) const;

  /// The fields as Markdown, a heading and a table for each section: key, variable, what is accepted, default, meaning.
  [[nodiscard]] std::string ToMarkdown() const;

  /// The values of Secret fields after Load, and the passwords inside URLs of any field, for the redactor.
  [[nodiscard]] std::vector<std::string> SecretValues() const;

 private:
  struct Field;
  class Reader;

  Schema& AddInteger(std::string key, std::int64_t initial, std::int64_t lowest, std::int64_t highest, std::string help,
                     std::function<void(std::int64_t)> set);
  Schema& AddChoice(std::string key, std::string initial, std::vector<std::string> accepted, std::string help,
                    std::function<void(std::size_t)> set);
  Schema& AddText(std::string key, std::string* target, std::string accepted, bool secret,
                  std::function<bool(const std::string&)> accepts, std::string help);
  Schema& AddMap(std::string key, std::map<std::string, std::string>* target, std::string accepted, bool secret,
                 std::function<bool(const std::string&)> accepts, std::string help);
  Schema& Add(Field field);
  void Read(std::string_view yaml, const std::string& name, const Environment& environment,
            std::vector<Problem> problems);
  void ReadEnvironment(const Environment& environment, std::vector<Problem>& problems);
  void Finish(std::vector<Problem> problems);

  std::vector<Field> fields_;
  std::vector<std::function<void(const Schema&, std::vector<Problem>&)>> finally_;
};

}  // namespace guildscope::config
