#include "guildscope/instrumentation/database/sql_lexer.hpp"

#include <algorithm>
#include <utility>

namespace guildscope::database {
namespace {

constexpr auto kNowhere = std::string_view::npos;

bool IsSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool IsWordPart(char c) { return IsLetter(c) || IsDigit(c) || c == '$'; }
char ToUpper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

}  // namespace

bool Lexer::Next(Token& token) noexcept {
  const std::size_t space = at_;
  while (at_ < sql_.size() && IsSpace(sql_[at_])) ++at_;
  if (at_ >= sql_.size()) return false;
  const std::size_t start = at_;
  closed_ = true;
  const Kind kind = Read();
  token = {kind, sql_.substr(start, at_ - start), start != space || after_comment_, closed_};
  after_comment_ = kind == Kind::kComment;
  return true;
}

Token::Kind Lexer::Read() noexcept {
  const char c = Peek();
  if (c == '-' && Peek(1) == '-') return LineComment();
  if (c == '/' && Peek(1) == '*') return BlockComment();
  if (c == '\'') return Quoted('\'', false, Kind::kLiteral);
  if (c == '"') return Quoted('"', false, Kind::kQuotedName);
  // PostgreSQL knows neither: what is between them there is no name.
  if (c == '`') return Quoted('`', false, postgresql_ ? Kind::kLiteral : Kind::kQuotedName);
  if (c == '[' && !postgresql_) return Bracketed();
  if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return Number();
  if (c == '$') return postgresql_ ? DollarQuoted() : Parameter();
  if (!postgresql_ && (c == '?' || c == ':' || c == '@')) return Parameter();
  if (IsLetter(c)) return WordOrPrefixedString();
  ++at_;
  return Kind::kPunctuation;
}

Token::Kind Lexer::LineComment() noexcept {
  at_ = std::min(sql_.find('\n', at_), sql_.size());
  closed_ = at_ < sql_.size();
  return Kind::kComment;
}

/// They nest in PostgreSQL and do not in SQLite.
Token::Kind Lexer::BlockComment() noexcept {
  at_ += 2;
  for (int depth = 1; depth > 0;) {
    if (at_ >= sql_.size()) {
      // SQLite takes a comment that is not closed for one that ends with the text.
      closed_ = false;
      break;
    }
    if (Peek() == '*' && Peek(1) == '/') {
      --depth;
      at_ += 2;
    } else if (postgresql_ && Peek() == '/' && Peek(1) == '*') {
      ++depth;
      at_ += 2;
    } else {
      ++at_;
    }
  }
  return Kind::kComment;
}

/// Stands on the opening quote. A doubled quote is one quote in the text.
Token::Kind Lexer::Quoted(char quote, bool backslash_escapes, Kind kind) noexcept {
  for (++at_; at_ < sql_.size(); ++at_) {
    if (backslash_escapes && Peek() == '\\') {
      ++at_;
    } else if (Peek() == quote) {
      ++at_;
      if (Peek() != quote) return kind;
    }
  }
  return Unclosed();
}

Token::Kind Lexer::Bracketed() noexcept {
  const std::size_t end = sql_.find(']', at_);
  if (end == kNowhere) return Unclosed();
  at_ = end + 1;
  return Kind::kQuotedName;
}

/// Takes more than a number where they run together (`1and`), rather than less.
Token::Kind Lexer::Number() noexcept {
  const bool hexadecimal = Peek() == '0' && ToUpper(Peek(1)) == 'X';
  for (; IsWordPart(Peek()) || Peek() == '.'; ++at_) {
    const bool signed_exponent = !hexadecimal && ToUpper(Peek()) == 'E' && (Peek(1) == '+' || Peek(1) == '-');
    if (signed_exponent) ++at_;
  }
  return Kind::kLiteral;
}

Token::Kind Lexer::Parameter() noexcept {
  do ++at_;
  while (IsWordPart(Peek()));
  return Kind::kParameter;
}

/// $1 is a parameter; $$ and $tag$ begin a string that ends with the same again.
Token::Kind Lexer::DollarQuoted() noexcept {
  if (IsDigit(Peek(1))) return Parameter();
  std::size_t end = at_ + 1;
  while (end < sql_.size() && sql_[end] != '$' && IsWordPart(sql_[end])) ++end;
  if (end >= sql_.size() || sql_[end] != '$') {
    ++at_;
    return Kind::kPunctuation;
  }
  const std::string_view tag = sql_.substr(at_, end + 1 - at_);
  const std::size_t close = sql_.find(tag, end + 1);
  if (close == kNowhere) return Unclosed();
  at_ = close + tag.size();
  return Kind::kLiteral;
}

/// E'', B'', X'', N'', U&'' and U&"": the prefix belongs to what is in the quotes.
Token::Kind Lexer::WordOrPrefixedString() noexcept {
  const char prefix = ToUpper(Peek());
  if (Peek(1) == '\'' && (prefix == 'E' || prefix == 'B' || prefix == 'X' || prefix == 'N')) {
    ++at_;
    return Quoted('\'', postgresql_ && prefix == 'E', Kind::kLiteral);
  }
  if (postgresql_ && prefix == 'U' && Peek(1) == '&' && (Peek(2) == '\'' || Peek(2) == '"')) {
    at_ += 2;
    return Quoted(Peek(), false, Peek() == '"' ? Kind::kQuotedName : Kind::kLiteral);
  }
  while (IsWordPart(Peek())) ++at_;
  return Kind::kWord;
}

Token::Kind Lexer::Unclosed() noexcept {
  at_ = sql_.size();
  closed_ = false;
  return Kind::kLiteral;
}

std::vector<Token> Tokenize(std::string_view sql, Dialect dialect, std::size_t max_tokens) {
  std::vector<Token> tokens;
  tokens.reserve(std::min(max_tokens, sql.size() / 4 + 1));
  Lexer lexer(sql, dialect);
  for (Token token{}; tokens.size() < max_tokens && lexer.Next(token);) tokens.push_back(token);
  return tokens;
}

bool IsKeyword(const Token& token, std::string_view keyword) noexcept {
  return token.kind == Token::Kind::kWord && std::equal(token.text.begin(), token.text.end(), keyword.begin(),
                                                        keyword.end(), [](char a, char b) { return ToUpper(a) == b; });
}

}  // namespace guildscope::database
