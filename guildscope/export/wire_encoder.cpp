#include "guildscope/export/wire_encoder.hpp"

#include <algorithm>
#include <deque>
#include <string_view>

#include "guildscope/export/otlp_record_fields.hpp"

namespace guildscope::exporting {

namespace fields = otlp_fields;

struct WireEncoder::Group {
  const WireScope* scope;
  std::size_t size;  ///< Of the ScopeSpans or ScopeLogs.
  std::vector<std::string_view> items;
};

WireEncoder::WireEncoder(WireMessage message, const opentelemetry::proto::resource::v1::Resource& resource,
                         std::shared_ptr<const Redactor> redactor)
    : message_(message), resource_(resource.SerializeAsString()), cleaner_(std::move(redactor)) {}

Request WireEncoder::Encode(const Items& items) {
  std::deque<std::string> cleaned;
  std::string scratch;
  std::vector<Group> groups;
  for (const auto& one : items) {
    const auto& item = static_cast<const WireItem&>(*one);
    std::string_view bytes = cleaner_.Clean(message_, item, scratch);
    if (bytes.data() != item.bytes().data()) bytes = cleaned.emplace_back(bytes);
    const WireScope* const scope = &item.scope();
    auto group = std::find_if(groups.begin(), groups.end(), [scope](const Group& g) { return g.scope == scope; });
    if (group == groups.end()) {
      group = groups.insert(groups.end(), Group{scope, scope->head.size() + scope->tail.size(), {}});
      group->items.reserve(items.size());
    }
    group->size += wire::StringSize(bytes.size());
    group->items.push_back(bytes);
  }

  std::size_t size = wire::StringSize(resource_.size());
  for (const Group& group : groups) size += wire::StringSize(group.size);
  std::string request(wire::StringSize(size), '\0');
  char* to = wire::PutVarint(request.data(), fields::kResourceItems, size);
  to = wire::PutString(to, fields::kResourceOfItems, resource_);
  for (const Group& group : groups) {
    to = wire::PutVarint(to, fields::kScopeItems, group.size);
    to = wire::PutBytes(to, group.scope->head);
    for (const std::string_view bytes : group.items) to = wire::PutString(to, fields::kItem, bytes);
    to = wire::PutBytes(to, group.scope->tail);
  }
  return {std::move(request), items.size()};
}

}  // namespace guildscope::exporting
