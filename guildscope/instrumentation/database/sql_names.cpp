#include "guildscope/instrumentation/database/sql_names.hpp"

#include <algorithm>
#include <array>

#include "guildscope/metrics/label_value.hpp"

namespace guildscope::database {
namespace {

using Kind = Token::Kind;

constexpr std::size_t kMaxName = 128;

/// Words that stand where a table may and are never its name without quotes.
constexpr std::array kReserved = std::to_array<std::string_view>(
    {"SELECT", "FROM",  "WHERE",  "SET",    "VALUES", "INTO", "JOIN", "ON",      "AS",
     "GROUP",  "ORDER", "LIMIT",  "UNION",  "AND",    "OR",   "NOT",  "NULL",    "CASE",
     "USING",  "WITH",  "INSERT", "UPDATE", "DELETE", "TO",   "IN",   "DEFAULT", "RETURNING"});

bool IsName(const Token& token) noexcept {
  if (token.kind == Kind::kQuotedName) return true;
  return token.kind == Kind::kWord && std::none_of(kReserved.begin(), kReserved.end(),
                                                   [&](std::string_view keyword) { return IsKeyword(token, keyword); });
}

/// Takes one pair of quotes off, and the doubled ones inside. A name without quotes is the same in any case.
std::string Unquote(const Token& token) {
  std::string name;
  if (token.kind == Kind::kWord) {
    name = token.text.substr(0, kMaxName);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  } else {
    const char close = token.text.back();
    for (std::size_t i = token.text.find_first_of("\"`[") + 1; i + 1 < token.text.size() && name.size() < kMaxName;
         ++i) {
      name += token.text[i];
      if (token.text[i] == close) ++i;
    }
  }
  return metrics::CleanLabelValue(name).value;
}

}  // namespace

bool IsOneOf(const Token& token, std::initializer_list<std::string_view> keywords) noexcept {
  return std::any_of(keywords.begin(), keywords.end(),
                     [&](std::string_view keyword) { return IsKeyword(token, keyword); });
}

Tokens SkipWords(Tokens tokens, std::initializer_list<std::string_view> keywords) noexcept {
  while (!tokens.empty() && IsOneOf(tokens.front(), keywords)) tokens = tokens.subspan(1);
  return tokens;
}

Tokens AfterKeyword(Tokens tokens, std::string_view keyword) noexcept {
  while (!tokens.empty() && !IsKeyword(tokens.front(), keyword)) tokens = tokens.subspan(1);
  return tokens.empty() ? tokens : tokens.subspan(1);
}

Tokens Inside(Tokens from_parenthesis) noexcept {
  int depth = 0;
  for (std::size_t i = 0; i < from_parenthesis.size(); ++i) {
    if (IsSign(from_parenthesis[i], '(')) ++depth;
    if (IsSign(from_parenthesis[i], ')') && --depth == 0) return from_parenthesis.subspan(1, i - 1);
  }
  return from_parenthesis.subspan(1);
}

Tokens AfterParenthesis(Tokens from_parenthesis) noexcept {
  return from_parenthesis.subspan(std::min(Inside(from_parenthesis).size() + 2, from_parenthesis.size()));
}

bool BeginsQuery(Tokens tokens) noexcept {
  return !tokens.empty() && (IsOneOf(tokens[0], {"SELECT", "WITH", "VALUES"}) || IsSign(tokens[0], '('));
}

std::optional<Name> TakeName(Tokens tokens) {
  if (tokens.empty() || !IsName(tokens[0])) return std::nullopt;
  Name name;
  while (tokens.size() >= 3 && IsSign(tokens[1], '.') && IsName(tokens[2])) {
    name.qualified = true;
    tokens = tokens.subspan(2);
  }
  name.text = Unquote(tokens[0]);
  name.rest = tokens.subspan(1);
  return name;
}

}  // namespace guildscope::database
