#include "guildscope/config/problem.hpp"

#include <utility>

namespace guildscope::config {
namespace {

/// A line break in a value must not look like a second problem.
std::string OneLine(const std::string& text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      result += "\\x";
      result += kHex[byte >> 4];
      result += kHex[byte & 0xf];
    } else {
      result += c;
    }
  }
  return result;
}

std::string Join(const std::vector<Problem>& problems) {
  std::string text;
  for (const Problem& problem : problems) {
    if (!text.empty()) text += '\n';
    text += ToString(problem);
  }
  return text;
}

}  // namespace

std::string ToString(const Problem& problem) {
  std::string text = problem.where + ": ";
  if (!problem.key.empty()) text += problem.key + ": ";
  return OneLine(text + "found " + problem.found + "; accepted " + problem.accepted);
}

ConfigError::ConfigError(std::vector<Problem> problems)
    : std::runtime_error(Join(problems)), problems_(std::move(problems)) {}

}  // namespace guildscope::config
