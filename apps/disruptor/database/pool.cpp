#include "apps/disruptor/database/pool.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include "guildscope/metrics/catalogue.hpp"

namespace disruptor {
namespace {

namespace catalogue = guildscope::metrics::catalogue;
using guildscope::database::ErrorType;

constexpr std::size_t kMostConnections = 1'000;

const PoolOptions& Checked(const PoolOptions& options) {
  if (options.max_connections >= 1 && options.max_connections <= kMostConnections) return options;
  throw std::invalid_argument("a pool of " + std::to_string(options.max_connections) +
                              " database connections; accepted: 1 to " + std::to_string(kMostConnections));
}

/// However a wait ends, it was one.
class RecordAtEnd {
 public:
  RecordAtEnd(guildscope::metrics::Histogram histogram, const guildscope::Clock& clock) noexcept
      : histogram_(std::move(histogram)), clock_(clock), start_(clock.SteadyNow()) {}
  ~RecordAtEnd() { histogram_.Record(clock_.SteadyNow() - start_); }
  RecordAtEnd(const RecordAtEnd&) = delete;
  RecordAtEnd& operator=(const RecordAtEnd&) = delete;

 private:
  guildscope::metrics::Histogram histogram_;
  const guildscope::Clock& clock_;
  const std::chrono::steady_clock::time_point start_;
};

}  // namespace

Lease::Lease(Pool& pool, std::unique_ptr<Connection> connection) noexcept
    : pool_(&pool), connection_(std::move(connection)) {}

Lease::~Lease() {
  if (connection_) pool_->Release(std::move(connection_));
}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this != &other) {
    if (connection_) pool_->Release(std::move(connection_));
    pool_ = other.pool_;
    connection_ = std::move(other.connection_);
  }
  return *this;
}

Pool::Pool(const PoolOptions& options, Open open, guildscope::metrics::Registry& registry,
           const guildscope::Clock& clock)
    : options_(Checked(options)),
      open_(std::move(open)),
      clock_(clock),
      wait_(registry.Get(catalogue::kDatabaseConnectionWait).Bind()) {
  registry.Get(catalogue::kDatabaseConnectionsMax).Bind().Set(static_cast<double>(options_.max_connections));
  connections_ = registry.Observe(catalogue::kDatabaseConnections, [this](auto& observe) {
    const std::lock_guard lock(mutex_);
    observe(static_cast<double>(idle_.size()), {"idle"});
    observe(static_cast<double>(existing_ - idle_.size()), {"used"});
  });
}

Lease Pool::Acquire() {
  const RecordAtEnd record(wait_, clock_);
  std::unique_ptr<Connection> connection = Wait();
  try {
    // Outside of the lock: others go on meanwhile.
    if (connection && !connection->Alive()) connection.reset();
    if (!connection) connection = open_();
  } catch (...) {
    Forget();
    throw;
  }
  return {*this, std::move(connection)};
}

std::unique_ptr<Connection> Pool::Wait() {
  std::unique_lock lock(mutex_);
  const auto free = [this] { return !idle_.empty() || existing_ < options_.max_connections; };
  if (!released_.wait_for(lock, options_.acquire_timeout, free)) {
    throw DatabaseError(ErrorType::kTimeout, "no database connection became free within " +
                                                 std::to_string(options_.acquire_timeout.count()) + " ms; all " +
                                                 std::to_string(options_.max_connections) + " are in use");
  }
  if (idle_.empty()) {
    ++existing_;
    return nullptr;
  }
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

/// A lease that ends inside a transaction (its owner threw, or forgot it) must not leave it to the next one.
void Pool::Release(std::unique_ptr<Connection> connection) noexcept {
  try {
    if (connection->InTransaction()) connection->Run("ROLLBACK", {});
    if (connection->InTransaction() || !connection->Alive()) return Forget();
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
  } catch (const std::exception&) {
    return Forget();
  }
  released_.notify_one();
}

void Pool::Forget() noexcept {
  {
    const std::lock_guard lock(mutex_);
    --existing_;
  }
  released_.notify_one();
}

}  // namespace disruptor
