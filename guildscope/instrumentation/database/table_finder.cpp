#include "guildscope/instrumentation/database/table_finder.hpp"

#include <array>
#include <utility>
#include <vector>

#include "guildscope/instrumentation/database/query_reader.hpp"

namespace guildscope::database {
namespace {

/// Where a statement has its table.
enum class Shape { kNone, kQuery, kAfterInto, kUpdate, kDelete, kDefinition, kAfterNoise, kWith, kExplain };

struct Operation {
  std::string_view keyword;
  std::string_view name;
  Shape shape;
};

/// The closed list of operations. A word that is not in it is OTHER.
constexpr std::array kOperations = std::to_array<Operation>({
    {"SELECT", "SELECT", Shape::kQuery},
    {"VALUES", "SELECT", Shape::kQuery},
    {"TABLE", "SELECT", Shape::kAfterNoise},
    {"INSERT", "INSERT", Shape::kAfterInto},
    {"REPLACE", "REPLACE", Shape::kAfterInto},
    {"UPDATE", "UPDATE", Shape::kUpdate},
    {"DELETE", "DELETE", Shape::kDelete},
    {"MERGE", "MERGE", Shape::kAfterInto},
    {"WITH", "SELECT", Shape::kWith},
    {"EXPLAIN", "EXPLAIN", Shape::kExplain},
    {"CREATE", "CREATE", Shape::kDefinition},
    {"ALTER", "ALTER", Shape::kDefinition},
    {"DROP", "DROP", Shape::kDefinition},
    {"REFRESH", "REFRESH", Shape::kDefinition},
    {"TRUNCATE", "TRUNCATE", Shape::kAfterNoise},
    {"COPY", "COPY", Shape::kAfterNoise},
    {"LOCK", "LOCK", Shape::kAfterNoise},
    {"ANALYZE", "ANALYZE", Shape::kAfterNoise},
    {"VACUUM", "VACUUM", Shape::kAfterNoise},
    {"CLUSTER", "CLUSTER", Shape::kAfterNoise},
    {"REINDEX", "REINDEX", Shape::kDefinition},
    {"DECLARE", "DECLARE", Shape::kQuery},
    {"BEGIN", "BEGIN", Shape::kNone},
    {"START", "BEGIN", Shape::kNone},
    {"COMMIT", "COMMIT", Shape::kNone},
    {"END", "COMMIT", Shape::kNone},
    {"ROLLBACK", "ROLLBACK", Shape::kNone},
    {"ABORT", "ROLLBACK", Shape::kNone},
    {"SAVEPOINT", "SAVEPOINT", Shape::kNone},
    {"RELEASE", "RELEASE", Shape::kNone},
    {"PRAGMA", "PRAGMA", Shape::kNone},
    {"ATTACH", "ATTACH", Shape::kNone},
    {"DETACH", "DETACH", Shape::kNone},
    {"SET", "SET", Shape::kNone},
    {"RESET", "RESET", Shape::kNone},
    {"SHOW", "SHOW", Shape::kNone},
    {"DISCARD", "DISCARD", Shape::kNone},
    {"PREPARE", "PREPARE", Shape::kNone},
    {"EXECUTE", "EXECUTE", Shape::kNone},
    {"DEALLOCATE", "DEALLOCATE", Shape::kNone},
    {"FETCH", "FETCH", Shape::kNone},
    {"MOVE", "MOVE", Shape::kNone},
    {"CLOSE", "CLOSE", Shape::kNone},
    {"CALL", "CALL", Shape::kNone},
    {"DO", "DO", Shape::kNone},
    {"LISTEN", "LISTEN", Shape::kNone},
    {"NOTIFY", "NOTIFY", Shape::kNone},
    {"UNLISTEN", "UNLISTEN", Shape::kNone},
    {"GRANT", "GRANT", Shape::kNone},
    {"REVOKE", "REVOKE", Shape::kNone},
    {"COMMENT", "COMMENT", Shape::kNone},
    {"CHECKPOINT", "CHECKPOINT", Shape::kNone},
});

std::string NameOrNothing(Tokens tokens) {
  auto name = TakeName(tokens);
  return name ? std::move(name->text) : std::string();
}

/// UPDATE [OR action] [ONLY] name
std::string TableOfUpdate(Tokens tokens) {
  tokens = tokens.subspan(1);
  if (tokens.size() >= 2 && IsKeyword(tokens[0], "OR")) tokens = tokens.subspan(2);
  return NameOrNothing(SkipWords(tokens, {"ONLY"}));
}

/// CREATE TABLE [IF NOT EXISTS] name, DROP VIEW [IF EXISTS] name, CREATE INDEX name ON table, ...
std::string TableOfDefinition(Tokens tokens) {
  tokens = SkipWords(tokens.subspan(1), {"OR", "REPLACE", "TEMP", "TEMPORARY", "UNLOGGED", "GLOBAL", "LOCAL", "UNIQUE",
                                         "VIRTUAL", "MATERIALIZED", "RECURSIVE", "FOREIGN", "CONSTRAINT"});
  if (tokens.empty()) return {};
  if (IsOneOf(tokens[0], {"TABLE", "VIEW"})) {
    return NameOrNothing(SkipWords(tokens.subspan(1), {"IF", "NOT", "EXISTS", "ONLY", "CONCURRENTLY"}));
  }
  if (!IsOneOf(tokens[0], {"INDEX", "TRIGGER"})) return {};
  return NameOrNothing(SkipWords(AfterKeyword(tokens, "ON"), {"ONLY"}));
}

/// TRUNCATE [TABLE] [ONLY] name, VACUUM [(options)] [FULL] [VERBOSE] name, COPY name ..., COPY (query) ...
std::string TableAfterNoise(Tokens tokens, int& budget) {
  const bool copies = IsKeyword(tokens[0], "COPY");
  tokens = tokens.subspan(1);
  if (!tokens.empty() && IsSign(tokens[0], '(')) {
    if (copies) return QueryReader(budget).FirstTable(Inside(tokens));
    tokens = AfterParenthesis(tokens);
  }
  return NameOrNothing(SkipWords(tokens, {"TABLE", "ONLY", "FULL", "FREEZE", "VERBOSE", "ANALYZE"}));
}

/// EXPLAIN [QUERY PLAN] [ANALYZE] [VERBOSE] [(options)] statement: the table is the statement's.
std::string TableOfExplained(Tokens tokens, int& budget) {
  tokens = tokens.subspan(1);
  if (tokens.size() >= 2 && IsSign(tokens[0], '(') && !BeginsQuery(tokens.subspan(1))) {
    tokens = AfterParenthesis(tokens);
  }
  return FindTarget(SkipWords(tokens, {"QUERY", "PLAN", "ANALYZE", "ANALYSE", "VERBOSE"}), budget).table;
}

/// The operation behind WITH is the main statement's.
std::string_view OperationOfWith(Tokens tokens, int& budget) {
  std::vector<Tokens> bodies;
  const Tokens main = QueryReader(budget).TakeExpressions(tokens, bodies);
  const bool reads = main.empty() || BeginsQuery(main);
  return reads ? "SELECT" : FindTarget(main, budget).operation;
}

std::string TableOf(Shape shape, Tokens tokens, int& budget) {
  switch (shape) {
    case Shape::kQuery:
    case Shape::kWith:
      return QueryReader(budget).FirstTable(tokens);
    case Shape::kAfterInto:
      return NameOrNothing(SkipWords(AfterKeyword(tokens, "INTO"), {"ONLY"}));
    case Shape::kUpdate:
      return TableOfUpdate(tokens);
    case Shape::kDelete:
      return NameOrNothing(SkipWords(tokens.subspan(1), {"FROM", "ONLY"}));
    case Shape::kDefinition:
      return TableOfDefinition(tokens);
    case Shape::kAfterNoise:
      return TableAfterNoise(tokens, budget);
    case Shape::kExplain:
      return TableOfExplained(tokens, budget);
    case Shape::kNone:
      break;
  }
  return {};
}

}  // namespace

Target FindTarget(Tokens statement, int& budget) {
  if (statement.empty() || --budget < 0) return {};
  if (IsSign(statement[0], '(')) return {"SELECT", QueryReader(budget).FirstTable(statement)};
  for (const Operation& operation : kOperations) {
    if (!IsKeyword(statement[0], operation.keyword)) continue;
    const auto name = operation.shape == Shape::kWith ? OperationOfWith(statement, budget) : operation.name;
    return {name, TableOf(operation.shape, statement, budget)};
  }
  return {};
}

}  // namespace guildscope::database
