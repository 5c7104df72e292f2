#pragma once

#include <string>
#include <vector>

#include "guildscope/instrumentation/database/sql_names.hpp"

namespace guildscope::database {

/// Finds the first table of a query, through subqueries and common table expressions, whose own names are no tables.
class QueryReader {
 public:
  /// `budget` bounds the steps into parentheses of a whole statement: garbage can nest as deep as it is long.
  explicit QueryReader(int& budget) noexcept : budget_(budget) {}

  /// Empty when there is none.
  [[nodiscard]] std::string FirstTable(Tokens query);

  /// Steps over `WITH [RECURSIVE] name [(columns)] AS [[NOT] MATERIALIZED] (body), ...`, remembers the names, adds the
  /// bodies and returns the main statement.
  Tokens TakeExpressions(Tokens query, std::vector<Tokens>& bodies);

 private:
  QueryReader(std::vector<std::string> expressions, int& budget)
      : expressions_(std::move(expressions)), budget_(budget) {}

  [[nodiscard]] std::string FirstTableOfWith(Tokens query);
  [[nodiscard]] std::string Nested(Tokens inside);
  [[nodiscard]] std::string FirstTableInFrom(Tokens query);
  [[nodiscard]] std::string Reference(Tokens tokens);
  [[nodiscard]] std::string FirstTableInSubquery(Tokens query);

  std::vector<std::string> expressions_;  // names of common table expressions that are visible here
  int& budget_;
};

}  // namespace guildscope::database
