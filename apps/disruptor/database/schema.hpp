#pragma once

#include <span>

#include "apps/disruptor/database/migration.hpp"

namespace disruptor {

/// The steps of the bot's schema, for Database::Migrate. What is in the tables is told where they are used.
[[nodiscard]] std::span<const Migration> SchemaMigrations() noexcept;

}  // namespace disruptor
