#include "guildscope/export/wire_scope.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "guildscope/base/protobuf_wire.hpp"
#include "guildscope/base/utf8.hpp"
#include "guildscope/export/otlp_record_fields.hpp"
#include "guildscope/export/wire_attributes.hpp"
#include "guildscope/export/wire_item.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
namespace fields = otlp_fields;

std::string Field(char tag, std::string_view bytes) {
  std::string field(wire::StringSize(bytes.size()), '\0');
  wire::PutString(field.data(), tag, bytes);
  return field;
}

std::string AttributeFields(const otel::common::KeyValueIterable* attributes) {
  if (attributes == nullptr) return {};
  static const WireScope no_scope;
  WireItem item(no_scope);
  const WireAttributes writer(SIZE_MAX, nullptr);
  AttributeList list{.tag = fields::kScopeAttribute, .limit = SIZE_MAX};
  writer.SetAll(*attributes, list, item);
  return std::string(item.bytes());
}

}  // namespace

const WireScope& InternScope(std::string_view name, std::string_view version, std::string_view schema_url,
                             const otel::common::KeyValueIterable* attributes) {
  WireScope scope{.name = ToUtf8(name), .version = ToUtf8(version), .schema_url = ToUtf8(schema_url)};
  std::string message;
  if (!scope.name.empty()) message += Field(fields::kScopeName, scope.name);
  if (!scope.version.empty()) message += Field(fields::kScopeVersion, scope.version);
  message += AttributeFields(attributes);
  scope.head = Field(fields::kScopeOfItems, message);
  if (!scope.schema_url.empty()) scope.tail = Field(fields::kSchemaUrl, scope.schema_url);

  static auto* const mutex = new std::mutex();
  static auto* const known = new std::map<std::string, std::unique_ptr<const WireScope>>();  // guarded by mutex
  const std::lock_guard lock(*mutex);
  auto& entry = (*known)[scope.head + scope.tail];
  if (!entry) entry = std::make_unique<const WireScope>(std::move(scope));
  return *entry;
}

}  // namespace guildscope::exporting
