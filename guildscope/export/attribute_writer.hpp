#pragma once

#include <google/protobuf/repeated_ptr_field.h>
#include <opentelemetry/common/attribute_value.h>
#include <opentelemetry/common/key_value_iterable.h>
#include <opentelemetry/proto/common/v1/common.pb.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "guildscope/base/redactor.hpp"

namespace guildscope::exporting {

using ProtoAttributes = google::protobuf::RepeatedPtrField<opentelemetry::proto::common::v1::KeyValue>;

/// Writes OpenTelemetry's attribute values into protocol messages, within the limits for their length and number.
///
/// Cost: the copy of the value. A string that is too long is redacted before it is cut, so that no half of a secret
/// remains which the redactor would not recognize. Threads: any, for different messages.
class AttributeWriter {
 public:
  AttributeWriter(std::size_t value_length, std::shared_ptr<const Redactor> redactor)
      : value_length_(value_length), redactor_(std::move(redactor)) {}

  void Write(const opentelemetry::common::AttributeValue& value, opentelemetry::proto::common::v1::AnyValue& out) const;

  /// Sets the attribute, or replaces its value. One more than `limit` is dropped and counted in `dropped`.
  void Set(std::string_view key, const opentelemetry::common::AttributeValue& value, std::size_t limit,
           ProtoAttributes& out, std::uint32_t& dropped) const;

  /// Sets them all; returns how many were dropped.
  [[nodiscard]] std::uint32_t SetAll(const opentelemetry::common::KeyValueIterable& attributes, std::size_t limit,
                                     ProtoAttributes& out) const;

 private:
  [[nodiscard]] std::string Cut(std::string_view text) const;

  const std::size_t value_length_;
  const std::shared_ptr<const Redactor> redactor_;
};

}  // namespace guildscope::exporting
