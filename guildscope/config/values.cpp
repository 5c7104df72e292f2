#include "guildscope/config/values.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

namespace guildscope::config {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
// `ms` before `s`: the first that the text ends with is taken.
constexpr std::array<Unit, 4> kUnits{{{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};

template <typename T>
std::optional<T> ParseWhole(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

/// Insertions, deletions and replacements that turn one into the other (Levenshtein).
std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view Trim(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

std::string Lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return result;
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    const std::string_view part = Trim(text.substr(0, end));
    if (!part.empty()) parts.emplace_back(part);
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<bool> ParseBool(std::string_view text) {
  const std::string word = Lower(Trim(text));
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return std::nullopt;
}

std::optional<std::int64_t> ParseInteger(std::string_view text) { return ParseWhole<std::int64_t>(Trim(text)); }

std::optional<double> ParseNumber(std::string_view text) {
  const auto value = ParseWhole<double>(Trim(text));
  if (!value || !std::isfinite(*value)) return std::nullopt;
  return value;
}

std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text) {
  text = Trim(text);
  std::int64_t factor = 1'000;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    factor = unit.milliseconds;
    text = Trim(text.substr(0, text.size() - unit.name.size()));
    break;
  }
  const auto count = ParseWhole<std::int64_t>(text);
  if (!count || *count < 0 || *count > std::numeric_limits<std::int64_t>::max() / factor) return std::nullopt;
  return std::chrono::milliseconds(*count * factor);
}

std::string FormatDuration(std::chrono::milliseconds duration) {
  const std::int64_t count = duration.count();
  const auto unit = std::find_if(kUnits.rbegin(), kUnits.rend(), [count](const Unit& u) {
    return count % u.milliseconds == 0 && (count != 0 || u.milliseconds == 1'000);
  });
  return std::to_string(count / unit->milliseconds) + std::string(unit->name);
}

std::optional<std::map<std::string, std::string>> ParsePairs(std::string_view text) {
  std::map<std::string, std::string> pairs;
  for (const std::string& part : Split(text, ',')) {
    const std::size_t separator = part.find('=');
    const std::string_view name = Trim(std::string_view(part).substr(0, separator));
    if (separator == std::string::npos || name.empty()) return std::nullopt;
    pairs[std::string(name)] = Trim(std::string_view(part).substr(separator + 1));
  }
  return pairs;
}

std::optional<std::map<std::string, std::string>> ParseBaggagePairs(std::string_view text) {
  const auto pairs = ParsePairs(text);
  if (!pairs) return std::nullopt;
  std::map<std::string, std::string> decoded;
  for (const auto& [name, value] : *pairs) {
    const auto plain_name = PercentDecode(name);
    const auto plain_value = PercentDecode(value);
    if (!plain_name || !plain_value) return std::nullopt;
    decoded[*plain_name] = *plain_value;
  }
  return decoded;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      result += text[at];
      continue;
    }
    if (at + 2 >= text.size()) return std::nullopt;
    unsigned byte = 0;
    const char* digits = text.data() + at + 1;
    const auto [stopped, error] = std::from_chars(digits, digits + 2, byte, 16);
    if (error != std::errc{} || stopped != digits + 2) return std::nullopt;
    result += static_cast<char>(byte);
    at += 2;
  }
  return result;
}

std::optional<std::string> UrlPassword(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::nullopt;
  std::string_view authority = url.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  const std::size_t host = authority.rfind('@');
  const std::size_t colon = authority.find(':');
  if (host == std::string_view::npos || colon == std::string_view::npos || colon > host) return std::nullopt;
  return std::string(authority.substr(colon + 1, host - colon - 1));
}

bool IsListenAddress(const std::string& text) {
  unsigned char bytes[sizeof(in6_addr)];
  return text == "localhost" || inet_pton(AF_INET, text.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

std::optional<std::string> Nearest(std::string_view text, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(2, text.size() / 5) + 1;
  for (const std::string& word : known) {
    const std::size_t distance = EditDistance(Lower(text), Lower(word));
    if (distance >= best_distance) continue;
    best = &word;
    best_distance = distance;
  }
  if (best != nullptr) return *best;
  // A key in the wrong section: the only one whose last part it has.
  const std::string last_part = "." + std::string(text.substr(text.rfind('.') + 1));
  for (const std::string& word : known) {
    if (!word.ends_with(last_part)) continue;
    if (word.ends_with("." + std::string(text))) return word;
    if (best != nullptr) return std::nullopt;
    best = &word;
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

}  // namespace guildscope::config
