#pragma once

#include <memory>
#include <string>

#include "guildscope/base/redactor.hpp"
#include "guildscope/export/attribute_writer.hpp"

namespace guildscope::exporting {

/// The last thing that happens to texts before they leave the process: secrets are replaced, and bytes that are no
/// UTF-8 (which would make a collector refuse the whole request). On the exporting thread, never where spans are
/// recorded.
class TextCleaner {
 public:
  explicit TextCleaner(std::shared_ptr<const Redactor> redactor) : redactor_(std::move(redactor)) {}

  void Clean(std::string& text) const;
  void Clean(opentelemetry::proto::common::v1::AnyValue& value) const;
  void Clean(ProtoAttributes& attributes) const;

 private:
  const std::shared_ptr<const Redactor> redactor_;
};

}  // namespace guildscope::exporting
