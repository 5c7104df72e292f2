#include "guildscope/http/message.hpp"

#include <algorithm>

namespace guildscope::http {
namespace {

char Lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualIgnoringCase(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, Lower, Lower);
}

int HexDigit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = Lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus_is_space) {
      c = ' ';
    } else if (c == '%') {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return std::nullopt;
    decoded.push_back(c);
  }
  return decoded;
}

bool HasDotSegment(std::string_view path) noexcept {
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

std::optional<Fields> ParseQuery(std::string_view query) {
  Fields fields;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = PercentDecode(pair.substr(0, equals), true);
    auto value = PercentDecode(equals == pair.npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!name || !value) return std::nullopt;
    fields.emplace_back(std::move(*name), std::move(*value));
  }
  return fields;
}

std::string JsonString(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json.push_back('\\');
      json.push_back(c);
    } else if (byte < 0x20) {
      json.append("\\u00").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    } else {
      json.push_back(c);
    }
  }
  return json.append("\"");
}

}  // namespace

std::string_view Request::Header(std::string_view name) const& noexcept {
  const auto found =
      std::ranges::find_if(headers, [&](const auto& field) { return EqualIgnoringCase(field.first, name); });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::optional<std::string_view> Request::Query(std::string_view name) const& noexcept {
  const auto found = std::ranges::find(query, name, [](const auto& field) { return std::string_view(field.first); });
  return found == query.end() ? std::nullopt : std::optional<std::string_view>(found->second);
}

Response JsonResponse(std::string json, unsigned status) {
  return {.status = status, .content_type = "application/json", .body = std::move(json), .headers = {}};
}

Response TextResponse(std::string text, unsigned status) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(text), .headers = {}};
}

Response ErrorResponse(unsigned status, std::string_view message) {
  return JsonResponse("{\"error\":" + JsonString(message) + "}", status);
}

std::optional<Target> ParseTarget(std::string_view target) {
  // A client that believes it talks to a proxy sends the absolute form; servers must accept it (RFC 9112, 3.2.2).
  if (const auto scheme = target.find("://"); scheme != target.npos && target.substr(0, 4) == "http") {
    target.remove_prefix(scheme + 3);
    target.remove_prefix(std::min(target.find_first_of("/?"), target.size()));
    if (target.empty() || target.front() == '?') return ParseTarget("/" + std::string(target));
  }
  if (target.empty() || target.front() != '/') return std::nullopt;
  target = target.substr(0, target.find('#'));
  const auto question = target.find('?');
  auto path = PercentDecode(target.substr(0, question), false);
  auto query = ParseQuery(question == target.npos ? std::string_view() : target.substr(question + 1));
  if (!path || !query || HasDotSegment(*path)) return std::nullopt;
  return Target{std::move(*path), std::move(*query)};
}

}  // namespace guildscope::http
