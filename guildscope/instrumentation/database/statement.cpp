#include "guildscope/instrumentation/database/statement.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "guildscope/instrumentation/database/sql_lexer.hpp"
#include "guildscope/instrumentation/database/table_finder.hpp"

namespace guildscope::database {
namespace {

/// No hand-written statement is longer, and what is generated names its table early.
constexpr std::size_t kMaxText = 64 * 1024;
constexpr std::size_t kMaxTokens = 2'000;
constexpr std::size_t kMaxSummary = 255;

/// A trigger or a function has statements, and so semicolons, inside of it.
bool HoldsStatements(Tokens statement) {
  return IsKeyword(statement[0], "CREATE") && std::any_of(statement.begin(), statement.end(), [](const Token& token) {
           return IsOneOf(token, {"TRIGGER", "FUNCTION", "PROCEDURE"});
         });
}

/// The tokens up to the next semicolon; takes them and it off `rest`.
Tokens TakeStatement(Tokens& rest) {
  const auto end = std::find_if(rest.begin(), rest.end(), [](const Token& token) { return IsSign(token, ';'); });
  Tokens statement = rest.first(static_cast<std::size_t>(end - rest.begin()));
  if (!statement.empty() && HoldsStatements(statement)) statement = rest;
  rest = rest.subspan(std::min(statement.size() + 1, rest.size()));
  return statement;
}

void AddToSummary(std::string& summary, std::string_view part) {
  if (part.empty() || summary.size() + 1 + part.size() > kMaxSummary) return;
  if (!summary.empty()) summary += ' ';
  summary += part;
}

}  // namespace

Statement ParseStatement(std::string_view sql, Dialect dialect) {
  std::vector<Token> tokens = Tokenize(sql.substr(0, kMaxText), dialect, kMaxTokens);
  std::erase_if(tokens, [](const Token& token) { return token.kind == Token::Kind::kComment; });
  Statement result;
  bool first = true;
  for (Tokens rest = tokens; !rest.empty();) {
    const Tokens statement = TakeStatement(rest);
    if (statement.empty()) continue;
    int budget = kParenthesisBudget;
    const Target target = FindTarget(statement, budget);
    AddToSummary(result.summary, target.operation);
    AddToSummary(result.summary, target.table);
    if (!std::exchange(first, false)) continue;
    result.operation = target.operation;
    result.table = target.table;
  }
  return result;
}

}  // namespace guildscope::database
