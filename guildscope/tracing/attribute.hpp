#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace guildscope::tracing {

/// A text that an attribute holds: a copy, or, of a string literal, where it stands. Any other array of `const char`
/// must outlive the attribute as a literal does; one that can be written to is copied.
class AttributeText {
 public:
  template <std::size_t N>
  AttributeText(const char (&literal)[N]) noexcept : literal_(literal) {}  // NOLINT(google-explicit-constructor)
  template <std::size_t N>
  AttributeText(char (&text)[N]) : copy_(text) {}  // NOLINT(google-explicit-constructor)
  template <typename T>
    requires(std::convertible_to<T, std::string_view> && !std::is_array_v<std::remove_reference_t<T>> &&
             !std::same_as<std::remove_cvref_t<T>, std::string> && !std::same_as<std::remove_cvref_t<T>, AttributeText>)
  AttributeText(T&& text) : copy_(std::string_view(text)) {}            // NOLINT(google-explicit-constructor)
  AttributeText(std::string text) noexcept : copy_(std::move(text)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] std::string_view view() const noexcept { return literal_.data() != nullptr ? literal_ : copy_; }
  operator std::string_view() const noexcept { return view(); }  // NOLINT(google-explicit-constructor)
  bool operator==(std::string_view text) const noexcept { return view() == text; }

 private:
  std::string_view literal_;
  std::string copy_;
};

using AttributeValue = std::variant<bool, std::int64_t, double, AttributeText>;

/// A key and a value; integers of every size, string literals and views convert.
///
/// Cost: of literals, numbers and truth values nothing but a few moves; of other texts a std::string.
struct Attribute {
  AttributeText key;
  AttributeValue value;

  Attribute(AttributeText k, bool v) : key(std::move(k)), value(v) {}
  Attribute(AttributeText k, double v) : key(std::move(k)), value(v) {}
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Attribute(AttributeText k, T v) : key(std::move(k)), value(static_cast<std::int64_t>(v)) {}
  // A pointer would rather become a bool than an AttributeText.
  template <typename T>
    requires(std::convertible_to<T, std::string_view> || std::same_as<std::remove_cvref_t<T>, AttributeText>)
  Attribute(AttributeText k, T&& v) : key(std::move(k)), value(AttributeText(std::forward<T>(v))) {}
};
using Attributes = std::vector<Attribute>;

}  // namespace guildscope::tracing
