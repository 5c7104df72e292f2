#pragma once

#include <string>
#include <string_view>

#include "apps/disruptor/database/connection.hpp"

namespace disruptor {

/// The setting database.url, taken apart.
struct DatabaseUrl {
  Dialect dialect = Dialect::kSqlite;
  std::string target;    ///< SQLite: the path. PostgreSQL: the whole URL, password included.
  std::string display;   ///< For people: the same without the password.
  std::string password;  ///< Empty when there is none.

  [[nodiscard]] bool in_memory() const noexcept;

  /// Throws DatabaseError that says what is accepted. What cannot be understood is not quoted: nobody knows then which
  /// part of it is the password.
  [[nodiscard]] static DatabaseUrl Parse(std::string_view text);
};

}  // namespace disruptor
