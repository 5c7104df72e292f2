#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace disruptor {

/// What a parameter or a column holds; monostate is NULL. Booleans are the integers 0 and 1 on both databases.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

[[nodiscard]] inline Value ToValue(std::nullopt_t) { return {}; }
[[nodiscard]] inline Value ToValue(std::string_view text) { return std::string(text); }
[[nodiscard]] inline Value ToValue(const char* text) { return std::string(text); }
[[nodiscard]] inline Value ToValue(const std::string& text) { return text; }
[[nodiscard]] inline Value ToValue(std::floating_point auto number) { return static_cast<double>(number); }

/// Throws std::out_of_range for a number that a BIGINT does not hold. (Every Discord id does.)
template <std::integral T>
[[nodiscard]] Value ToValue(T number) {
  if (std::cmp_greater(number, std::numeric_limits<std::int64_t>::max())) {
    throw std::out_of_range("the number " + std::to_string(number) + " does not fit a column; accepted: up to 2^63-1");
  }
  return static_cast<std::int64_t>(number);
}

template <typename T>
[[nodiscard]] Value ToValue(const std::optional<T>& value) {
  return value ? ToValue(*value) : Value{};
}

namespace internal {
template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

/// Throws DatabaseError: what the column holds is not what was asked for.
[[noreturn]] void ThrowWrongType(std::string_view column, const Value& value, std::string_view wanted);
}  // namespace internal

/// The rows of a statement, all of them in memory.
///
/// Threads: a value. Lifetime: nothing borrowed from the connection; a Row borrows from its Result.
class Result {
 public:
  class Row {
   public:
    /// The column as an integer, bool, double, std::string or a std::optional of these. Throws DatabaseError, with the
    /// column's name, when it is NULL (unless T is an optional) or of another type.
    template <typename T>
    [[nodiscard]] T Get(std::size_t column) const;

    [[nodiscard]] const Value& operator[](std::size_t column) const { return values_->at(column); }
    [[nodiscard]] std::size_t size() const noexcept { return values_->size(); }

   private:
    friend class Result;
    Row(const Result& result, const std::vector<Value>& values) noexcept : result_(&result), values_(&values) {}
    const Result* result_;
    const std::vector<Value>* values_;
  };

  class Iterator {
   public:
    Iterator(const Result& result, std::size_t at) noexcept : result_(&result), at_(at) {}
    Row operator*() const { return (*result_)[at_]; }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator& other) const noexcept { return at_ == other.at_; }

   private:
    const Result* result_;
    std::size_t at_;
  };

  Result() = default;
  Result(std::vector<std::string> columns, std::vector<std::vector<Value>> rows, std::int64_t affected)
      : columns_(std::move(columns)), rows_(std::move(rows)), affected_(affected) {}

  [[nodiscard]] bool empty() const noexcept { return rows_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return rows_.size(); }
  [[nodiscard]] Row operator[](std::size_t row) const { return {*this, rows_.at(row)}; }
  [[nodiscard]] Iterator begin() const noexcept { return {*this, 0}; }
  [[nodiscard]] Iterator end() const noexcept { return {*this, rows_.size()}; }
  [[nodiscard]] const std::vector<std::string>& columns() const noexcept { return columns_; }

  /// Rows that an INSERT, UPDATE or DELETE changed.
  [[nodiscard]] std::int64_t affected() const noexcept { return affected_; }

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<Value>> rows_;
  std::int64_t affected_ = 0;
};

template <typename T>
T Result::Row::Get(std::size_t column) const {
  const Value& value = values_->at(column);
  if constexpr (internal::IsOptional<T>::value) {
    if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
    return Get<typename T::value_type>(column);
  } else if constexpr (std::same_as<T, std::string>) {
    if (const auto* text = std::get_if<std::string>(&value)) return *text;
    internal::ThrowWrongType(result_->columns_.at(column), value, "text");
  } else if constexpr (std::floating_point<T>) {
    if (const auto* number = std::get_if<double>(&value)) return static_cast<T>(*number);
    if (const auto* number = std::get_if<std::int64_t>(&value)) return static_cast<T>(*number);
    internal::ThrowWrongType(result_->columns_.at(column), value, "a number");
  } else if constexpr (std::same_as<T, bool>) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number != 0;
    internal::ThrowWrongType(result_->columns_.at(column), value, "a boolean");
  } else {
    static_assert(std::integral<T>, "a column is an integer, bool, double, std::string or an optional of these");
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number != nullptr && std::in_range<T>(*number)) return static_cast<T>(*number);
    internal::ThrowWrongType(result_->columns_.at(column), value, "an integer in the range of its type");
  }
}

}  // namespace disruptor
