#include "apps/disruptor/database/migration.hpp"

#include <optional>
#include <string>

namespace disruptor {
namespace {

using guildscope::database::ErrorType;

/// Of the advisory lock that processes take while they migrate; any number, as long as it stays the same.
constexpr std::int64_t kMigrationLock = 0x6469737275707431;

constexpr std::string_view kMakeTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    "version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)";

int LastVersion(Connection& connection) {
  return connection.Query("SELECT max(version) FROM schema_migrations")[0].Get<std::optional<int>>(0).value_or(0);
}

void CheckOrder(std::span<const Migration> migrations) {
  int expected = 0;
  for (const Migration& migration : migrations) {
    if (migration.version == ++expected) continue;
    throw DatabaseError(ErrorType::kOther, "migration '" + std::string(migration.name) + "' has version " +
                                               std::to_string(migration.version) +
                                               "; accepted: " + std::to_string(expected));
  }
}

/// A version that another program has applied under another name is another schema: going on could destroy it.
void CheckHistory(Connection& connection, std::span<const Migration> migrations) {
  for (const auto& row : connection.Query("SELECT version, name FROM schema_migrations ORDER BY version")) {
    const auto version = row.Get<int>(0);
    const auto name = row.Get<std::string>(1);
    if (version >= 1 && migrations[static_cast<std::size_t>(version) - 1].name == name) continue;
    throw DatabaseError(ErrorType::kOther, "the database has migration " + std::to_string(version) + " '" + name +
                                               "', which this program does not have: it belongs to another program");
  }
}

/// Takes the lock that other processes wait for, until the transaction ends. SQLite's BEGIN IMMEDIATE has done so.
/// A migration, and the wait for another's, may take longer than statements normally may.
void LockSchema(Connection& connection) {
  if (connection.dialect() != Dialect::kPostgresql) return;
  connection.Query("SET LOCAL statement_timeout = 0");
  connection.Query("SELECT pg_advisory_xact_lock($1)", kMigrationLock);
}

/// False when there is nothing left to do. What is left is decided inside the transaction: another process may just
/// have done it.
bool ApplyNext(Connection& connection, std::span<const Migration> migrations) {
  Transaction transaction(connection);
  LockSchema(connection);
  const auto last = static_cast<std::size_t>(LastVersion(connection));
  if (last > migrations.size()) throw SchemaTooNew(static_cast<int>(last), static_cast<int>(migrations.size()));
  CheckHistory(connection, migrations);
  if (last == migrations.size()) return false;

  const Migration& next = migrations[last];
  try {
    connection.Script(connection.dialect() == Dialect::kSqlite ? next.sqlite : next.postgresql);
    connection.Query("INSERT INTO schema_migrations (version, name) VALUES ($1, $2)", next.version, next.name);
    transaction.Commit();
  } catch (const DatabaseError& error) {
    throw DatabaseError(error.type(), "migration " + std::to_string(next.version) + " '" + std::string(next.name) +
                                          "' failed and was undone: " + error.what());
  }
  return true;
}

}  // namespace

SchemaTooNew::SchemaTooNew(int found, int known)
    : DatabaseError(ErrorType::kOther, "the database has schema version " + std::to_string(found) +
                                           ", this program knows versions up to " + std::to_string(known) +
                                           "; run the newer program, nothing was changed"),
      found_(found),
      known_(known) {}

void ApplyMigrations(Connection& connection, std::span<const Migration> migrations) {
  CheckOrder(migrations);
  {
    // Even IF NOT EXISTS fails when two processes create the table at once.
    Transaction transaction(connection);
    LockSchema(connection);
    connection.Query(kMakeTable);
    transaction.Commit();
  }
  while (ApplyNext(connection, migrations)) {
  }
}

}  // namespace disruptor
