#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "apps/disruptor/music/pipeline/bundle.hpp"

namespace disruptor::music {

/// What the database is to know of the bundles and of what was played.
struct BundleRow {
  std::string uuid;
  Asked asked;  ///< Its span as a `traceparent`.
  std::string title;
  std::chrono::system_clock::time_point created;
  std::vector<std::pair<std::string, std::string>> requests;  ///< Uuid and description, in order.
};
struct RequestRow {
  std::string uuid;
  RequestState state = RequestState::kWaiting;
  std::string description;
  std::string problem;
};
struct MessageRow {
  std::string bundle;
  Snowflake message = 0;
};
struct BundleEnd {
  std::string bundle;
};
struct PlayedRow {
  std::string request;
  Snowflake guild = 0;
  Snowflake user = 0;
  std::string title;
  std::string url;
  std::string key;
  std::chrono::system_clock::time_point played;
  PlayEnd end = PlayEnd::kFinished;
};

using Change = std::variant<BundleRow, RequestRow, MessageRow, BundleEnd, PlayedRow>;

/// What is still to be written to the database, in order: so that no stage waits for it. Bounded: while the database is
/// away for long the oldest changes are dropped, and counted.
///
/// Threads: any. Lifetime: a value in place.
class Journal {
 public:
  explicit Journal(std::size_t capacity = 20'000) : capacity_(capacity) {}

  void Add(Change change) {
    const std::lock_guard lock(mutex_);
    if (changes_.size() >= capacity_) {
      changes_.pop_front();
      ++dropped_;
    }
    changes_.push_back(std::move(change));
  }

  /// The oldest changes, at most so many.
  [[nodiscard]] std::vector<Change> Take(std::size_t most) {
    const std::lock_guard lock(mutex_);
    const auto end = changes_.begin() + static_cast<std::ptrdiff_t>(std::min(most, changes_.size()));
    std::vector<Change> taken(std::make_move_iterator(changes_.begin()), std::make_move_iterator(end));
    changes_.erase(changes_.begin(), end);
    return taken;
  }

  /// They could not be written.
  void PutBack(std::vector<Change> changes) {
    const std::lock_guard lock(mutex_);
    changes_.insert(changes_.begin(), std::make_move_iterator(changes.begin()), std::make_move_iterator(changes.end()));
  }

  /// How many were dropped since the last call.
  [[nodiscard]] std::size_t TakeDropped() {
    const std::lock_guard lock(mutex_);
    return std::exchange(dropped_, 0);
  }

  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return changes_.size();
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::deque<Change> changes_;  // guarded by mutex_
  std::size_t dropped_ = 0;     // guarded by mutex_
};

}  // namespace disruptor::music
