#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Texts of settings and variables as values. Every function takes the whole text (spaces around it do not count) and
/// returns nothing when it is not of the form.
namespace guildscope::config {

[[nodiscard]] std::string_view Trim(std::string_view text) noexcept;
[[nodiscard]] std::string Lower(std::string_view text);
/// Parts between separators, trimmed; empty ones left out.
[[nodiscard]] std::vector<std::string> Split(std::string_view text, char separator);

[[nodiscard]] std::optional<bool> ParseBool(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> ParseInteger(std::string_view text);
[[nodiscard]] std::optional<double> ParseNumber(std::string_view text);
/// `90` (seconds), `90s`, `15m`, `500ms`, `2h`.
[[nodiscard]] std::optional<std::chrono::milliseconds> ParseDuration(std::string_view text);
/// The shortest of these forms with a unit.
[[nodiscard]] std::string FormatDuration(std::chrono::milliseconds duration);

/// `name=value,name=value`; values keep everything but spaces at their ends.
[[nodiscard]] std::optional<std::map<std::string, std::string>> ParsePairs(std::string_view text);
/// The same with the escapes of W3C Baggage (`%20`) replaced.
[[nodiscard]] std::optional<std::map<std::string, std::string>> ParseBaggagePairs(std::string_view text);
[[nodiscard]] std::optional<std::string> PercentDecode(std::string_view text);

/// Values of headers that are shorter are words such as `prod`, and must not be masked wherever they turn up.
inline constexpr std::size_t kShortestCredential = 8;

/// The password of `scheme://user:password@host`, as it stands there.
[[nodiscard]] std::optional<std::string> UrlPassword(std::string_view url);

/// An IPv4 or IPv6 address, or `localhost`.
[[nodiscard]] bool IsListenAddress(const std::string& text);

/// The known word that is most like the text; nothing when none is near.
[[nodiscard]] std::optional<std::string> Nearest(std::string_view text, const std::vector<std::string>& known);

}  // namespace guildscope::config
