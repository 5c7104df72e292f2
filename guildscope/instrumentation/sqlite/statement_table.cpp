#include "guildscope/instrumentation/sqlite/statement_table.hpp"

#include <new>

namespace guildscope::sqlite {

std::size_t StatementTable::BucketOf(const sqlite3_stmt* statement) noexcept {
  // Fibonacci hashing: the lower bits of an address say little.
  constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15;
  constexpr int kShift = 54;  // leaves 10 bits, as many as buckets have
  static_assert(kBuckets == std::size_t{1} << (64 - kShift));
  return (reinterpret_cast<std::uintptr_t>(statement) * kMultiplier) >> kShift;
}

StatementEntry* StatementTable::Find(const sqlite3_stmt* statement) const noexcept {
  StatementEntry* entry = buckets_[BucketOf(statement)].load(std::memory_order_acquire);
  while (entry != nullptr && entry->statement.load(std::memory_order_acquire) != statement) entry = entry->next;
  return entry;
}

StatementEntry* StatementTable::FindOrAdd(sqlite3_stmt* statement) noexcept {
  if (StatementEntry* known = Find(statement)) return known;
  auto& bucket = buckets_[BucketOf(statement)];
  for (auto* entry = bucket.load(std::memory_order_acquire); entry != nullptr; entry = entry->next) {
    sqlite3_stmt* free = nullptr;
    if (entry->statement.compare_exchange_strong(free, statement, std::memory_order_acq_rel)) return entry;
  }
  auto* entry = new (std::nothrow) StatementEntry(statement);
  if (entry == nullptr) return nullptr;
  entry->next = bucket.load(std::memory_order_relaxed);
  while (!bucket.compare_exchange_weak(entry->next, entry, std::memory_order_acq_rel)) {
  }
  return entry;
}

void StatementTable::Remove(StatementEntry& entry) noexcept {
  entry.plan.reset();
  entry.execution.reset();
  entry.statement.store(nullptr, std::memory_order_release);
}

}  // namespace guildscope::sqlite
