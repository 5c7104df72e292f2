#include "apps/disruptor/commands/duration_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>

namespace disruptor {
namespace {

struct Unit {
  char letter;
  std::int64_t seconds;
  std::string_view name;
};
constexpr std::array<Unit, 4> kUnits{
    {{'d', 86'400, "day"}, {'h', 3'600, "hour"}, {'m', 60, "minute"}, {'s', 1, "second"}}};

// A hundred years: far above any limit, and far below an overflow.
constexpr std::int64_t kMost = 86'400LL * 36'500;

}  // namespace

std::optional<std::chrono::seconds> ParseDuration(std::string_view text) noexcept {
  std::int64_t total = 0;
  std::array<bool, kUnits.size()> used{};
  bool any = false;
  const auto skip_spaces = [&] {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  };
  for (skip_spaces(); !text.empty(); skip_spaces()) {
    std::int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > kMost) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
    skip_spaces();
    if (text.empty()) return std::nullopt;
    const char letter = static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
    text.remove_prefix(1);
    const auto* unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return u.letter == letter; });
    if (unit == kUnits.end()) return std::nullopt;
    bool& seen = used[static_cast<std::size_t>(unit - kUnits.begin())];
    if (seen || number > kMost / unit->seconds) return std::nullopt;
    seen = any = true;
    total += number * unit->seconds;
    if (total > kMost) return std::nullopt;
  }
  if (!any) return std::nullopt;
  return std::chrono::seconds(total);
}

std::string FormatDuration(std::chrono::seconds duration) {
  std::int64_t left = std::max<std::int64_t>(duration.count(), 0);
  std::string text;
  for (const Unit& unit : kUnits) {
    const std::int64_t count = left / unit.seconds;
    left %= unit.seconds;
    if (count == 0) continue;
    if (!text.empty()) text += ' ';
    text += std::to_string(count) + ' ' + std::string(unit.name) + (count == 1 ? "" : "s");
  }
  return text.empty() ? "0 seconds" : text;
}

}  // namespace disruptor
