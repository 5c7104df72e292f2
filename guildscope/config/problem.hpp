#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace guildscope::config {

/// One thing wrong with the settings.
struct Problem {
  std::string where;     ///< `config.yaml:12`, or `environment`
  std::string key;       ///< `monitoring.prefix`, or the variable's name; empty for the file as a whole
  std::string found;     ///< What was found; `***` for secrets.
  std::string accepted;  ///< What would have been.
};

/// `where: key: found X; accepted Y`, on one line whatever the texts hold.
[[nodiscard]] std::string ToString(const Problem& problem);

/// Every problem of the settings at once; what() has one line for each.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::vector<Problem> problems);
  [[nodiscard]] const std::vector<Problem>& problems() const noexcept { return problems_; }

 private:
  std::vector<Problem> problems_;
};

}  // namespace guildscope::config
