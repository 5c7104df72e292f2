#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace guildscope::config {

/// Where variables come from: the process environment, or a map in tests.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] Environment ProcessEnvironment();
[[nodiscard]] Environment MapEnvironment(std::map<std::string, std::string> variables);

/// The variable's value; nothing when it is unset or empty.
[[nodiscard]] std::optional<std::string> NonEmpty(const Environment& environment, const std::string& name);

/// A text with its references to variables replaced; see Schema for the forms.
struct Expansion {
  std::string text;
  bool references = false;  ///< Whether there was any: the text may then hold what must not be printed.
  std::string error;        ///< What is wrong, when it could not be done: `${TOKEN}, which is not set`.
};
[[nodiscard]] Expansion ExpandVariables(const std::string& text, const Environment& environment);

}  // namespace guildscope::config
