#include "apps/disruptor/music/search/search_cache.hpp"

namespace disruptor::music {

std::optional<Track> SearchCache::Find(const std::string& words) {
  const std::lock_guard lock(mutex_);
  const auto position = positions_.find(words);
  if (position == positions_.end()) return std::nullopt;
  const auto entry = position->second;
  if (clock_.SteadyNow() >= entry->end) {
    positions_.erase(position);
    entries_.erase(entry);
    return std::nullopt;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->track;
}

void SearchCache::Keep(const std::string& words, const Track& track) {
  if (size_ == 0) return;
  const std::lock_guard lock(mutex_);
  if (const auto position = positions_.find(words); position != positions_.end()) {
    entries_.erase(position->second);
    positions_.erase(position);
  }
  entries_.push_front({.words = words, .track = track, .end = clock_.SteadyNow() + lifetime_});
  positions_[words] = entries_.begin();
  if (entries_.size() <= size_) return;
  positions_.erase(entries_.back().words);
  entries_.pop_back();
}

}  // namespace disruptor::music
