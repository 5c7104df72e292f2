#include "apps/disruptor/database/value.hpp"

#include "apps/disruptor/database/connection.hpp"

namespace disruptor::internal {
namespace {

/// The kind of a value and never the value: it may be what the user wants nobody to see.
std::string_view KindOf(const Value& value) {
  constexpr std::array<std::string_view, 4> kKinds{"NULL", "an integer", "a floating-point number", "text"};
  return kKinds.at(value.index());
}

}  // namespace

void ThrowWrongType(std::string_view column, const Value& value, std::string_view wanted) {
  std::string what = "column '";
  what.append(column).append("' holds ").append(KindOf(value)).append(", wanted was ").append(wanted);
  throw DatabaseError(guildscope::database::ErrorType::kOther, what);
}

}  // namespace disruptor::internal
