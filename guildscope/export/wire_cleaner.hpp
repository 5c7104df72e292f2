#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "guildscope/base/redactor.hpp"
#include "guildscope/export/wire_item.hpp"

namespace guildscope::exporting {

/// The messages of OTLP that items are made of.
enum class WireMessage {
  kNone,
  kSpan,
  kEvent,
  kLink,
  kStatus,
  kLogRecord,
  kKeyValue,
  kAnyValue,
  kArrayValue,
  kKeyValueList,
};

/// The last thing that happens to texts before they leave the process: secrets are replaced, and bytes that are no
/// UTF-8 (which would make a collector refuse the whole request). On the exporting thread, never where spans are
/// recorded.
///
/// Cost: for an item that is clean, which nearly all are, one look over its bytes; one that is not is written again.
/// Threads: any.
class WireCleaner {
 public:
  explicit WireCleaner(std::shared_ptr<const Redactor> redactor) : redactor_(std::move(redactor)) {}

  /// The item's bytes, or, when something in them must not leave, what may: written into `scratch`.
  [[nodiscard]] std::string_view Clean(WireMessage message, const WireItem& item, std::string& scratch) const;

 private:
  void AppendText(std::string_view text, bool is_key, std::string& out) const;
  void AppendClean(WireMessage message, std::string_view bytes, std::string& out) const;

  const std::shared_ptr<const Redactor> redactor_;
};

/// Whether all texts of an encoded message are UTF-8.
[[nodiscard]] bool HasOnlyUtf8(WireMessage message, std::string_view bytes) noexcept;

/// Whether all bytes are below 0x80.
[[nodiscard]] bool IsAscii(std::string_view bytes) noexcept;

}  // namespace guildscope::exporting
