#include "guildscope/config/environment.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <utility>

namespace guildscope::config {
namespace {

bool IsVariableName(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front()))) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

Environment MapEnvironment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

std::optional<std::string> NonEmpty(const Environment& environment, const std::string& name) {
  std::optional<std::string> value = environment(name);
  if (value && value->empty()) value.reset();
  return value;
}

Expansion ExpandVariables(const std::string& text, const Environment& environment) {
  Expansion result;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.compare(at, 3, "$${") == 0) {
      result.text += "${";
      at += 3;
      continue;
    }
    if (text.compare(at, 2, "${") != 0) {
      result.text += text[at++];
      continue;
    }
    result.references = true;
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) {
      result.error = "a ${ without its }";
      return result;
    }
    const std::string inside = text.substr(at + 2, end - at - 2);
    const std::size_t separator = inside.find(":-");
    const std::string name = inside.substr(0, separator);
    if (!IsVariableName(name)) {
      result.error = "a ${...} whose name is not of letters, digits and underscores";
      return result;
    }
    if (separator != std::string::npos) {
      result.text += NonEmpty(environment, name).value_or(inside.substr(separator + 2));
    } else if (const auto value = environment(name)) {
      result.text += *value;
    } else {
      result.error = "${" + name + "}, which is not set";
      return result;
    }
    at = end + 1;
  }
  return result;
}

}  // namespace guildscope::config
