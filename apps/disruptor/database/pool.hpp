#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "apps/disruptor/database/database.hpp"
#include "guildscope/base/clock.hpp"
#include "guildscope/metrics/registry.hpp"

namespace disruptor {

/// At most max_connections connections, opened when they are needed, kept while they work.
///
/// Threads: any. Lifetime: must outlive its leases; `open` and `clock` must outlive it.
class Pool {
 public:
  using Open = std::function<std::unique_ptr<Connection>()>;

  /// Throws std::invalid_argument for options out of range.
  Pool(const PoolOptions& options, Open open, guildscope::metrics::Registry& registry, const guildscope::Clock& clock);

  Lease Acquire();

 private:
  friend class Lease;

  /// An idle connection, or null when a new one may be opened (which is then already counted).
  std::unique_ptr<Connection> Wait();
  void Release(std::unique_ptr<Connection> connection) noexcept;
  void Forget() noexcept;

  const PoolOptions options_;
  const Open open_;
  const guildscope::Clock& clock_;
  guildscope::metrics::Histogram wait_;

  std::mutex mutex_;
  std::condition_variable released_;
  std::vector<std::unique_ptr<Connection>> idle_;  // guarded by mutex_; the last one used is the next one used
  std::size_t existing_ = 0;                       // guarded by mutex_; idle, used and being opened

  guildscope::metrics::Subscription connections_;  // last: its callback reads the above
};

}  // namespace disruptor
