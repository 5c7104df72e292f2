#include "apps/disruptor/database/connection.hpp"

namespace disruptor {

Transaction::Transaction(Connection& connection) : connection_(connection) {
  connection_.Query(connection.dialect() == Dialect::kSqlite ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    connection_.Query("ROLLBACK");
  } catch (const DatabaseError&) {
    // The connection is gone, and the transaction with it; or SQLite has rolled back by itself.
  }
}

void Transaction::Commit() {
  connection_.Query("COMMIT");
  open_ = false;
}

}  // namespace disruptor
