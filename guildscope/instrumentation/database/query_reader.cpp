#include "guildscope/instrumentation/database/query_reader.hpp"

#include <algorithm>

#include "guildscope/instrumentation/database/table_finder.hpp"

namespace guildscope::database {
namespace {

/// What the main statement behind WITH begins with.
bool BeginsMain(const Token& token) noexcept {
  return IsSign(token, '(') ||
         IsOneOf(token, {"SELECT", "VALUES", "TABLE", "INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE"});
}

}  // namespace

std::string QueryReader::FirstTable(Tokens query) {
  if (!query.empty() && IsSign(query[0], '(')) {
    if (std::string table = Nested(Inside(query)); !table.empty()) return table;
    query = AfterParenthesis(query);
  }
  if (!query.empty() && IsKeyword(query[0], "WITH")) return FirstTableOfWith(query);
  if (std::string table = FirstTableInFrom(query); !table.empty()) return table;
  return FirstTableInSubquery(query);
}

/// The main statement's table; when that reads from the expressions alone, theirs.
std::string QueryReader::FirstTableOfWith(Tokens query) {
  std::vector<Tokens> bodies;
  const Tokens main = TakeExpressions(query, bodies);
  const bool reads = main.empty() || BeginsQuery(main);
  if (std::string table = reads ? FirstTable(main) : FindTarget(main, budget_).table; !table.empty()) return table;
  for (const Tokens body : bodies) {
    // PostgreSQL lets an expression write, too.
    std::string table = BeginsQuery(body) ? Nested(body) : FindTarget(body, budget_).table;
    if (!table.empty()) return table;
  }
  return {};
}

Tokens QueryReader::TakeExpressions(Tokens query, std::vector<Tokens>& bodies) {
  query = SkipWords(query.subspan(1), {"RECURSIVE"});
  while (const auto name = TakeName(query)) {
    expressions_.push_back(name->text);
    query = name->rest;
    if (!query.empty() && IsSign(query[0], '(')) query = AfterParenthesis(query);
    query = SkipWords(query, {"AS", "NOT", "MATERIALIZED"});
    if (query.empty() || !IsSign(query[0], '(')) break;
    bodies.push_back(Inside(query));
    query = AfterParenthesis(query);
    // PostgreSQL's SEARCH and CYCLE clauses stand before what follows.
    while (!query.empty() && !IsSign(query[0], ',') && !BeginsMain(query[0])) query = query.subspan(1);
    if (query.empty() || !IsSign(query[0], ',')) break;
    query = query.subspan(1);
  }
  return query;
}

std::string QueryReader::Nested(Tokens inside) {
  if (!BeginsQuery(inside) || --budget_ < 0) return {};
  return QueryReader(expressions_, budget_).FirstTable(inside);
}

/// Looks at what stands behind FROM, and behind the commas and JOINs that follow it, outside of parentheses.
std::string QueryReader::FirstTableInFrom(Tokens query) {
  bool in_from = false;
  for (std::size_t i = 0; i < query.size(); ++i) {
    const Token& token = query[i];
    if (IsSign(token, '(')) {
      i += Inside(query.subspan(i)).size() + 1;
      continue;
    }
    // `IS DISTINCT FROM` compares.
    const bool from = IsKeyword(token, "FROM") && (i == 0 || !IsKeyword(query[i - 1], "DISTINCT"));
    if (from) in_from = true;
    if (IsOneOf(token, {"WHERE", "GROUP", "ORDER", "LIMIT", "HAVING", "SELECT"})) in_from = false;
    if (from || (in_from && (IsKeyword(token, "JOIN") || IsSign(token, ',')))) {
      if (std::string table = Reference(query.subspan(i + 1)); !table.empty()) return table;
    }
  }
  return {};
}

/// A table, a subquery or a join in parentheses; a function or a common table expression is no table.
std::string QueryReader::Reference(Tokens tokens) {
  tokens = SkipWords(tokens, {"ONLY", "LATERAL"});
  if (tokens.empty()) return {};
  if (IsSign(tokens[0], '(')) {
    const Tokens inside = Inside(tokens);
    if (!inside.empty() && IsOneOf(inside[0], {"SELECT", "WITH", "VALUES"})) return Nested(inside);
    return --budget_ < 0 ? std::string() : Reference(inside);
  }
  auto name = TakeName(tokens);
  if (!name || (!name->rest.empty() && IsSign(name->rest[0], '('))) return {};
  const bool is_expression =
      !name->qualified && std::find(expressions_.begin(), expressions_.end(), name->text) != expressions_.end();
  return is_expression ? std::string() : std::move(name->text);
}

/// SELECT (SELECT ... FROM x), SELECT EXISTS (SELECT ... FROM x)
std::string QueryReader::FirstTableInSubquery(Tokens query) {
  for (std::size_t i = 0; i < query.size() && budget_ > 0; ++i) {
    if (!IsSign(query[i], '(')) continue;
    const Tokens inside = Inside(query.subspan(i));
    if (inside.empty() || !IsOneOf(inside[0], {"SELECT", "WITH"})) continue;
    if (std::string table = Nested(inside); !table.empty()) return table;
    i += inside.size();
  }
  return {};
}

}  // namespace guildscope::database
