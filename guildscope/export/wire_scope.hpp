#pragma once

#include <opentelemetry/common/key_value_iterable.h>

#include <string>
#include <string_view>

namespace guildscope::exporting {

/// An instrumentation scope, and what ScopeSpans and ScopeLogs (whose fields are the same) say about it, encoded.
struct WireScope {
  std::string name;
  std::string version;
  std::string schema_url;
  std::string head;  ///< Field 1, the scope. Stands before the spans or records.
  std::string tail;  ///< Field 3, the schema's URL. Empty without one.
};

/// The same object for the same scope. It is never freed: items in queues point to it, whatever became of their
/// provider. A process has a handful.
///
/// Cost: a lock and a search; for providers, not for spans. Threads: any.
[[nodiscard]] const WireScope& InternScope(std::string_view name, std::string_view version = "",
                                           std::string_view schema_url = "",
                                           const opentelemetry::common::KeyValueIterable* attributes = nullptr);

}  // namespace guildscope::exporting
