#pragma once

#include <sqlite3.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "guildscope/instrumentation/database/statement_recorder.hpp"

namespace guildscope::sqlite {

/// What is known about one prepared statement between its calls. SQLite has no place for it in the statement itself.
/// It belongs to the thread that uses the statement, as the statement does.
struct StatementEntry {
  explicit StatementEntry(sqlite3_stmt* s) noexcept : statement(s) {}

  std::atomic<sqlite3_stmt*> statement;  ///< Null: free, to be used again.
  StatementEntry* next = nullptr;        ///< In the bucket; never changes once the entry can be found.
  std::shared_ptr<const database::Plan> plan;
  std::uint64_t generation = 0;  ///< Of the recorder that `plan` and `execution` are of.
  std::optional<database::Execution> execution;
};

/// Finds the entry of a statement without a lock: entries stay in their bucket for ever and are used again for other
/// statements, so that a reader never stands on one that is gone. There are as many as statements ever lived at once.
///
/// Cost: Find is a few loads. Threads: any. Lifetime: the process; constant-initialized.
class StatementTable {
 public:
  constexpr StatementTable() noexcept = default;

  [[nodiscard]] StatementEntry* Find(const sqlite3_stmt* statement) const noexcept;
  /// Null when there is no memory.
  [[nodiscard]] StatementEntry* FindOrAdd(sqlite3_stmt* statement) noexcept;
  /// Before the statement is finalized: the next one may get the same address.
  static void Remove(StatementEntry& entry) noexcept;

 private:
  static constexpr std::size_t kBuckets = 1024;
  static std::size_t BucketOf(const sqlite3_stmt* statement) noexcept;

  std::array<std::atomic<StatementEntry*>, kBuckets> buckets_{};
};

}  // namespace guildscope::sqlite
