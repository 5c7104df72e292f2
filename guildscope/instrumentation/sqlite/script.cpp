#include "guildscope/instrumentation/sqlite/script.hpp"

#include <sqlite3.h>

#include <utility>

#include "guildscope/instrumentation/database/sql_lexer.hpp"

namespace guildscope::sqlite {

using database::Token;

std::vector<std::string> SplitScript(std::string_view sql) {
  std::vector<std::string> statements;
  database::Lexer lexer(sql, database::Dialect::kSqlite);
  std::size_t start = 0;
  bool may_be_trigger = false;
  bool has_words = false;
  const auto end_of = [&](const Token& token) {
    return static_cast<std::size_t>(token.text.data() - sql.data()) + token.text.size();
  };
  for (Token token{}; lexer.Next(token);) {
    if (token.kind == Token::Kind::kComment) continue;
    if (!database::IsSign(token, ';')) {
      may_be_trigger = may_be_trigger || database::IsKeyword(token, "TRIGGER");
      has_words = true;
      continue;
    }
    std::string statement(sql.substr(start, end_of(token) - start));
    // The semicolons inside of a trigger end nothing; SQLite knows where it ends.
    if (may_be_trigger && sqlite3_complete(statement.c_str()) == 0) continue;
    if (has_words) statements.push_back(std::move(statement));
    start = end_of(token);
    has_words = may_be_trigger = false;
  }
  if (has_words) statements.emplace_back(sql.substr(start));
  return statements;
}

}  // namespace guildscope::sqlite
