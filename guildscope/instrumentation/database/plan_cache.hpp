#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace guildscope::database {

/// The values of the texts that were asked for last: at least `kGeneration` of them, at most twice as many. Two maps
/// take turns, so that what is in use stays without a list to keep in order.
///
/// Cost: a hash of the text and a short lock. Threads: any.
template <typename Value>
class PlanCache {
 public:
  static constexpr std::size_t kGeneration = 512;
  /// Longer texts are generated, and seldom twice the same.
  static constexpr std::size_t kLongestText = 4096;

  /// Null when it is not known.
  [[nodiscard]] std::shared_ptr<const Value> Find(std::string_view text) {
    if (text.size() > kLongestText) return nullptr;
    const std::lock_guard lock(mutex_);
    if (const auto found = current_.find(text); found != current_.end()) return found->second;
    const auto found = previous_.find(text);
    if (found == previous_.end()) return nullptr;
    return AddLocked(text, found->second);
  }

  void Add(std::string_view text, std::shared_ptr<const Value> value) {
    if (text.size() > kLongestText) return;
    const std::lock_guard lock(mutex_);
    AddLocked(text, std::move(value));
  }

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Map = std::unordered_map<std::string, std::shared_ptr<const Value>, Hash, std::equal_to<>>;

  std::shared_ptr<const Value> AddLocked(std::string_view text, std::shared_ptr<const Value> value) {
    // Before the turn: `text` and `value` may come from the map that goes.
    std::string key(text);
    if (current_.size() >= kGeneration) {
      previous_ = std::move(current_);
      current_ = {};
    }
    current_.insert_or_assign(std::move(key), value);
    return value;
  }

  std::mutex mutex_;
  Map current_;   // guarded by mutex_
  Map previous_;  // guarded by mutex_
};

}  // namespace guildscope::database
