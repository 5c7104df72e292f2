#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "guildscope/config/environment.hpp"
#include "guildscope/config/problem.hpp"

namespace guildscope::config {

/// Reads standard variables as OpenTelemetry's specification says: empty is unset; what cannot be understood becomes a
/// warning and leaves the target as it was, or a problem where ignoring it would send data somewhere else.
class Variables {
 public:
  explicit Variables(const Environment& environment) : environment_(environment) {}

  [[nodiscard]] std::optional<std::string> Get(const std::string& name) const { return NonEmpty(environment_, name); }

  void Bool(const std::string& name, bool* target);
  void Count(const std::string& name, std::size_t* target, std::int64_t lowest);
  /// In milliseconds; 0 stands for no limit, which is an hour here: nothing may hang for ever.
  void Timeout(const std::string& name, std::chrono::milliseconds* target);
  /// In milliseconds, at least 1.
  void Interval(const std::string& name, std::chrono::milliseconds* target);

  template <typename T>
  bool Choice(const std::string& name, T* target, const std::vector<std::pair<std::string, T>>& accepted) {
    const auto text = Get(name);
    if (!text) return false;
    std::string words;
    for (const auto& [word, value] : accepted) {
      if (SameWord(*text, word)) {
        *target = value;
        return true;
      }
      words += (words.empty() ? "one of " : ", ") + word;
    }
    Warn(name, *text, words);
    return false;
  }

  /// Adds or replaces pairs; one bad pair spoils them all.
  void Pairs(const std::string& name, std::map<std::string, std::string>* target);

  /// Both once, even when three signals meet the same general variable.
  void Warn(const std::string& name, const std::string& found, const std::string& accepted);
  void Report(const std::string& name, const std::string& found, const std::string& accepted);

  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  [[nodiscard]] const std::vector<Problem>& problems() const noexcept { return problems_; }

 private:
  [[nodiscard]] static bool SameWord(const std::string& text, const std::string& word);

  const Environment& environment_;
  std::vector<std::string> warnings_;
  std::vector<Problem> problems_;
};

}  // namespace guildscope::config
