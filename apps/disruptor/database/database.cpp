#include "apps/disruptor/database/database.hpp"

#include <mutex>

#include "apps/disruptor/database/database_url.hpp"
#include "apps/disruptor/database/pool.hpp"
#include "apps/disruptor/database/postgres_connection.hpp"
#include "apps/disruptor/database/sqlite_connection.hpp"
#include "guildscope/telemetry/telemetry.hpp"

namespace disruptor {
namespace {

std::unique_ptr<Connection> OpenConnection(const DatabaseUrl& url, const PoolOptions& options) {
  if (url.dialect == Dialect::kSqlite) return std::make_unique<SqliteConnection>(url.target, options.busy_timeout);
  return std::make_unique<PostgresConnection>(url, options.connect_timeout, options.statement_timeout);
}

/// Another connection to memory would be another, empty database.
PoolOptions ForUrl(PoolOptions options, const DatabaseUrl& url) {
  if (url.in_memory()) options.max_connections = 1;
  return options;
}

/// Before anything can go wrong with it and be written down.
guildscope::metrics::Registry& WithSecret(std::string_view url, guildscope::Telemetry& telemetry) {
  telemetry.redactor().AddSecret(DatabaseUrl::Parse(url).password);
  return telemetry.metrics();
}

}  // namespace

struct Database::Impl {
  Impl(DatabaseUrl parsed, const PoolOptions& pool_options, guildscope::metrics::Registry& registry,
       const guildscope::Clock& clock)
      : url(std::move(parsed)),
        options(ForUrl(pool_options, url)),
        pool(options, [this] { return OpenConnection(url, options); }, registry, clock) {}

  bool Ping(std::chrono::milliseconds limit) {
    if (url.in_memory()) return true;
    const std::lock_guard lock(ping_mutex);
    try {
      if (!ping_connection || !ping_connection->Alive()) {
        PoolOptions within = options;
        within.busy_timeout = within.connect_timeout = limit;
        ping_connection = OpenConnection(url, within);
      }
      if (ping_connection->Ping(limit)) return true;
    } catch (const std::exception&) {
      // Why it cannot be opened is in the telemetry of the connection attempt.
    }
    ping_connection.reset();
    return false;
  }

  const DatabaseUrl url;
  const PoolOptions options;
  Pool pool;

  std::mutex ping_mutex;
  std::unique_ptr<Connection> ping_connection;  // guarded by ping_mutex
};

Database::Database(std::string_view url, const PoolOptions& options, guildscope::metrics::Registry& registry,
                   const guildscope::Clock& clock)
    : impl_(std::make_unique<Impl>(DatabaseUrl::Parse(url), options, registry, clock)) {
  const Lease first = Acquire();
}

Database::Database(std::string_view url, const PoolOptions& options, guildscope::Telemetry& telemetry)
    : Database(url, options, WithSecret(url, telemetry), telemetry.clock()) {}

Database::~Database() = default;

Lease Database::Acquire() { return impl_->pool.Acquire(); }

bool Database::Ping(std::chrono::milliseconds limit) noexcept { return impl_->Ping(limit); }

void Database::Migrate(std::span<const Migration> migrations) {
  const Lease lease = Acquire();
  ApplyMigrations(*lease, migrations);
}

Dialect Database::dialect() const noexcept { return impl_->url.dialect; }

const std::string& Database::display_url() const noexcept { return impl_->url.display; }

}  // namespace disruptor
