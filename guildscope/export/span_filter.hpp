#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace guildscope::exporting {

/// Names of spans that are not worth sending when all went well: a gateway's heartbeat, a poll. What it drops is
/// counted, and is no loss.
///
/// Cost: a comparison a pattern. Threads: any.
class SpanFilter {
 public:
  /// Each is a name, in which `*` stands for any text, none included.
  explicit SpanFilter(std::vector<std::string> patterns) : patterns_(std::move(patterns)) {}

  [[nodiscard]] bool Matches(std::string_view name) const noexcept;

  void Count() const noexcept { dropped_.fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

 private:
  const std::vector<std::string> patterns_;
  mutable std::atomic<std::uint64_t> dropped_{0};
};

/// Whether the whole text is what the pattern says, where `*` stands for any text.
[[nodiscard]] bool MatchesGlob(std::string_view pattern, std::string_view text) noexcept;

}  // namespace guildscope::exporting
