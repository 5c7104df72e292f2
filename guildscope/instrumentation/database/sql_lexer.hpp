#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "guildscope/instrumentation/database/dialect.hpp"

namespace guildscope::database {

/// One word, literal or sign of a statement. `text` borrows from the statement.
struct Token {
  enum class Kind {
    kWord,         ///< A keyword or a name without quotes.
    kQuotedName,   ///< "x", `x` or [x], with its quotes.
    kLiteral,      ///< A string, number or blob, or whatever follows a quote that is not closed.
    kParameter,    ///< ?, ?1, :x, @x, $x or $1.
    kPunctuation,  ///< One character.
    kComment,
  };
  Kind kind;
  std::string_view text;
  bool after_space = false;  ///< Whether space or a comment stood before it.
  bool closed = true;        ///< False for a quote or a comment that the end of the text cuts off.
};

/// Reads a text token by token. Never fails: what is no SQL is punctuation, and what is in doubt is a literal, so that
/// nothing is mistaken for a name that is not one.
///
/// Cost: linear, about 1 ns a byte. Lifetime: the tokens borrow from `sql`.
class Lexer {
 public:
  Lexer(std::string_view sql, Dialect dialect) noexcept : sql_(sql), postgresql_(dialect == Dialect::kPostgresql) {}

  /// False at the end of the text.
  [[nodiscard]] bool Next(Token& token) noexcept;

 private:
  using Kind = Token::Kind;

  [[nodiscard]] char Peek(std::size_t ahead = 0) const noexcept {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }
  Kind Read() noexcept;
  Kind LineComment() noexcept;
  Kind BlockComment() noexcept;
  Kind Quoted(char quote, bool backslash_escapes, Kind kind) noexcept;
  Kind Bracketed() noexcept;
  Kind Number() noexcept;
  Kind Parameter() noexcept;
  Kind DollarQuoted() noexcept;
  Kind WordOrPrefixedString() noexcept;
  Kind Unclosed() noexcept;

  std::string_view sql_;
  bool postgresql_;
  std::size_t at_ = 0;
  bool closed_ = true;
  bool after_comment_ = false;
};

/// At most `max_tokens` tokens from the beginning of a text.
[[nodiscard]] std::vector<Token> Tokenize(std::string_view sql, Dialect dialect, std::size_t max_tokens);

/// Compares a token's text with a keyword in capitals.
[[nodiscard]] bool IsKeyword(const Token& token, std::string_view keyword) noexcept;

[[nodiscard]] inline bool IsSign(const Token& token, char sign) noexcept {
  return token.kind == Token::Kind::kPunctuation && token.text.front() == sign;
}

}  // namespace guildscope::database
