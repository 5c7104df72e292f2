#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "guildscope/instrumentation/database/sql_lexer.hpp"

/// Small steps over the tokens of a statement: what TableFinder and QueryReader are made of.
namespace guildscope::database {

using Tokens = std::span<const Token>;

[[nodiscard]] bool IsOneOf(const Token& token, std::initializer_list<std::string_view> keywords) noexcept;

/// The tokens behind any number of these words at the front.
[[nodiscard]] Tokens SkipWords(Tokens tokens, std::initializer_list<std::string_view> keywords) noexcept;

/// The tokens behind the first of this keyword; empty when there is none.
[[nodiscard]] Tokens AfterKeyword(Tokens tokens, std::string_view keyword) noexcept;

/// From an opening parenthesis: what is inside, up to the closing one or the end of the text.
[[nodiscard]] Tokens Inside(Tokens from_parenthesis) noexcept;

/// From an opening parenthesis: what follows the closing one.
[[nodiscard]] Tokens AfterParenthesis(Tokens from_parenthesis) noexcept;

/// SELECT, WITH, VALUES, or a parenthesis that may hold one.
[[nodiscard]] bool BeginsQuery(Tokens tokens) noexcept;

struct Name {
  std::string text;  ///< Without quotes; in lower case when it had none.
  bool qualified = false;
  Tokens rest;
};

/// `name`, `schema.name` or `database.schema.name` at the front: the last part counts.
[[nodiscard]] std::optional<Name> TakeName(Tokens tokens);

}  // namespace guildscope::database
