#include "guildscope/base/redactor_shapes.hpp"

#include <algorithm>

namespace guildscope::redactor_shapes {
namespace {

// Not those of <cctype>: what they say depends on the locale.
bool IsDigit(char c) noexcept { return c >= '0' && c <= '9'; }
char Lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool EndsToken(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r') || c == '"' || c == '\'' || c == ','; }

std::optional<Part> Unmasked(std::string_view text, std::size_t begin, std::size_t end) noexcept {
  const std::string_view part = text.substr(begin, end - begin);
  if (!part.empty() && part.find_first_not_of('*') == std::string_view::npos) return std::nullopt;
  return Part{begin, part.size()};
}

}  // namespace

bool LiesAtInAnyCase(std::string_view text, std::size_t at, std::string_view lower) noexcept {
  if (at > text.size() || text.size() - at < lower.size()) return false;
  return std::equal(lower.begin(), lower.end(), text.begin() + static_cast<std::ptrdiff_t>(at),
                    [](char small, char any) { return small == Lower(any); });
}

std::optional<Part> AuthorizationValue(std::string_view text, std::size_t at) noexcept {
  const std::size_t name_end = at + kAuthorization.size();
  const std::size_t value = text.find_first_not_of("\":= ", name_end);
  if (value == std::string_view::npos || value == name_end) return std::nullopt;
  const std::size_t end = std::min(text.find_first_of("\r\n\"", value), text.size());
  if (end == value) return std::nullopt;
  return Unmasked(text, value, end);
}

std::optional<Part> UrlPassword(std::string_view text, std::size_t at) noexcept {
  const std::size_t start = at + kUrl.size();
  std::size_t end = start;
  std::size_t colon = std::string_view::npos;
  std::size_t host = std::string_view::npos;
  for (; end < text.size() && text[end] != '/' && !EndsToken(text[end]); ++end) {
    if (text[end] == '@') host = end;
    if (text[end] == ':' && colon == std::string_view::npos) colon = end;
  }
  if (host == std::string_view::npos || colon > host) return std::nullopt;
  return Unmasked(text, colon + 1, host);
}

std::optional<Part> RouteToken(std::string_view text, std::size_t at, std::string_view route) noexcept {
  const std::size_t id = at + route.size();
  std::size_t id_end = id;
  while (id_end < text.size() && IsDigit(text[id_end])) ++id_end;
  if (id_end == id || id_end >= text.size() || text[id_end] != '/') return std::nullopt;
  std::size_t end = id_end + 1;
  while (end < text.size() && text[end] != '/' && text[end] != '?' && !EndsToken(text[end])) ++end;
  if (end == id_end + 1) return std::nullopt;
  return Unmasked(text, id_end + 1, end);
}

}  // namespace guildscope::redactor_shapes
