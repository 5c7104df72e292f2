#pragma once

#include <string_view>

namespace guildscope::database {

/// Whose SQL a text is: the databases do not agree on what is a literal.
enum class Dialect { kSqlite, kPostgresql };

/// The semantic conventions' `db.system.name`.
[[nodiscard]] constexpr std::string_view SystemName(Dialect dialect) noexcept {
  return dialect == Dialect::kSqlite ? "sqlite" : "postgresql";
}

}  // namespace guildscope::database
