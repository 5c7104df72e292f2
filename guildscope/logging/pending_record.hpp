#pragma once

#include <cstddef>
#include <string_view>

#include "guildscope/logging/record.hpp"

namespace guildscope::logging {

/// A record as bytes that borrow nothing, for the way through a RecordRing.
class PendingRecord {
 public:
  /// `logger` is what ReadLogger gives back; `to_console` too.
  PendingRecord(const void* logger, const Record& record, bool to_console) noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  void WriteTo(char* to) const noexcept;

  /// What WriteTo wrote. Borrows the bytes, but for the values of the fields.
  struct Read {
    const void* logger = nullptr;
    bool to_console = false;
    Record record;
  };
  /// `fields` takes the record's fields.
  [[nodiscard]] static Read From(std::string_view bytes, Fields& fields);

 private:
  const void* const logger_;
  const Record& record_;
  const bool to_console_;
  std::size_t size_;
};

}  // namespace guildscope::logging
