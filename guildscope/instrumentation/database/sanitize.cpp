#include "guildscope/instrumentation/database/sanitize.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "guildscope/instrumentation/database/sql_names.hpp"
#include "guildscope/metrics/label_value.hpp"

namespace guildscope::database {
namespace {

using Kind = Token::Kind;

// A token has at least one byte, so more of either would not fit what is kept.
constexpr std::size_t kMaxTokens = metrics::kMaxLabelValueBytes;
constexpr std::size_t kMaxText = 64 * 1024;

/// Whether a quoted text is certainly a name: see the header.
bool IsCertainlyName(Tokens tokens, std::size_t at, Dialect dialect) {
  if (dialect == Dialect::kPostgresql || tokens[at].text.front() != '"') return true;
  if (at + 1 < tokens.size() && IsSign(tokens[at + 1], '.')) return true;
  return at > 0 && (IsSign(tokens[at - 1], '.') ||
                    IsOneOf(tokens[at - 1], {"FROM", "JOIN", "INTO", "UPDATE", "TABLE", "EXISTS", "INDEX", "VIEW"}));
}

/// From behind `IN (`: how many tokens the list of nothing but literals has, 0 when it is something else.
std::size_t LiteralListLength(Tokens tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (IsSign(tokens[i], ')')) return i;
    if (tokens[i].kind != Kind::kLiteral && !IsSign(tokens[i], ',') && !IsSign(tokens[i], '-')) return 0;
  }
  return tokens.size();
}

}  // namespace

std::string Sanitize(std::string_view sql, Dialect dialect) {
  std::vector<Token> all = Tokenize(sql.substr(0, kMaxText), dialect, kMaxTokens);
  std::erase_if(all, [](const Token& token) { return token.kind == Kind::kComment; });
  const Tokens tokens = all;
  std::string text;
  for (std::size_t i = 0; i < tokens.size() && text.size() <= metrics::kMaxLabelValueBytes; ++i) {
    const Token& token = tokens[i];
    if (token.after_space && !text.empty()) text += ' ';
    const bool is_literal =
        token.kind == Kind::kLiteral || (token.kind == Kind::kQuotedName && !IsCertainlyName(tokens, i, dialect));
    text += is_literal ? std::string_view("?") : token.text;
    if (i == 0 || !IsSign(token, '(') || !IsKeyword(tokens[i - 1], "IN")) continue;
    if (const std::size_t length = LiteralListLength(tokens.subspan(i + 1)); length > 0) {
      text += '?';
      i += length;
    }
  }
  return metrics::CleanLabelValue(text).value;
}

}  // namespace guildscope::database
