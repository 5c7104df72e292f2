#include "guildscope/instrumentation/database/sqlcommenter.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "guildscope/instrumentation/database/sql_lexer.hpp"

namespace guildscope::database {
namespace {

/// Nobody looks for the command behind a statement of this length: it is a bulk load.
constexpr std::size_t kMaxText = 64 * 1024;

/// RFC 3986: what is not unreserved is %XX. No quote, star or slash is left that could end the comment.
void AppendEncoded(std::string& text, std::string_view value) {
  constexpr std::string_view kHexadecimal = "0123456789ABCDEF";
  constexpr std::string_view kUnreserved = "-._~";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x80 && std::isalnum(byte) != 0) || kUnreserved.find(c) != std::string_view::npos) {
      text += c;
    } else {
      text += '%';
      text += kHexadecimal[byte >> 4];
      text += kHexadecimal[byte & 0xf];
    }
  }
}

std::string Comment(std::initializer_list<CommentPair> pairs) {
  std::vector<CommentPair> sorted(pairs);
  std::erase_if(sorted, [](const CommentPair& pair) { return pair.second.empty(); });
  if (sorted.empty()) return {};
  std::sort(sorted.begin(), sorted.end());
  std::string comment;
  for (const auto& [key, value] : sorted) {
    comment += comment.empty() ? "/*" : ",";
    AppendEncoded(comment, key);
    comment += "='";
    AppendEncoded(comment, value);
    comment += '\'';
  }
  return comment + "*/";
}

/// Where the last statement's text ends: behind its last token that is no semicolon. Nothing where no comment belongs.
std::size_t EndOfStatement(std::string_view sql, Dialect dialect) {
  if (sql.size() > kMaxText) return 0;
  std::size_t end = 0;
  Lexer lexer(sql, dialect);
  for (Token token{}; lexer.Next(token);) {
    if (token.kind == Token::Kind::kComment || !token.closed) return 0;
    if (!IsSign(token, ';')) end = static_cast<std::size_t>(token.text.data() - sql.data()) + token.text.size();
  }
  return end;
}

}  // namespace

std::string WithComment(std::string_view sql, Dialect dialect, std::initializer_list<CommentPair> pairs) {
  const std::string comment = Comment(pairs);
  const std::size_t end = comment.empty() ? 0 : EndOfStatement(sql, dialect);
  if (end == 0) return {};
  std::string text;
  text.reserve(sql.size() + comment.size() + 1);
  text.append(sql.substr(0, end)).append(" ").append(comment).append(sql.substr(end));
  return text;
}

}  // namespace guildscope::database
