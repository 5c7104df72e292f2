#pragma once

#include <span>
#include <string_view>

#include "apps/disruptor/database/connection.hpp"

namespace disruptor {

/// One step of the schema. Versions start at 1 and have no gaps; a migration that has been released never changes.
struct Migration {
  int version;
  std::string_view name;
  std::string_view sqlite;      ///< Any number of statements.
  std::string_view postgresql;  ///< Any number of statements.
};

/// The database was written by a newer program; nothing was touched.
class SchemaTooNew : public DatabaseError {
 public:
  SchemaTooNew(int found, int known);
  [[nodiscard]] int found() const noexcept { return found_; }
  [[nodiscard]] int known() const noexcept { return known_; }

 private:
  int found_;
  int known_;
};

/// Brings the schema to the last of `migrations`, each in a transaction of its own and recorded in schema_migrations.
/// Processes that do this at once wait for each other. A migration that fails leaves everything as it was before it.
/// Throws SchemaTooNew, or DatabaseError with the migration's version and name.
void ApplyMigrations(Connection& connection, std::span<const Migration> migrations);

}  // namespace disruptor
