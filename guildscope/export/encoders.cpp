#include "guildscope/export/encoders.hpp"

#include <opentelemetry/exporters/otlp/otlp_populate_attribute_utils.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/sdk/instrumentationscope/instrumentation_scope.h>

#include <map>

#include "guildscope/export/log_recordable.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
namespace proto = otel::proto;
using Scope = otel::sdk::instrumentationscope::InstrumentationScope;

/// Writes name, version and attributes of a scope, and its schema's URL, into a ScopeLogs.
template <typename ScopeItems>
void WriteScope(const Scope* scope, ScopeItems& out) {
  if (scope == nullptr) return;
  out.set_schema_url(scope->GetSchemaURL());
  out.mutable_scope()->set_name(scope->GetName());
  out.mutable_scope()->set_version(scope->GetVersion());
  otel::exporter::otlp::OtlpPopulateAttributeUtils::PopulateAttribute(out.mutable_scope(), *scope);
}

}  // namespace

Request LogEncoder::Encode(const Items& items) {
  proto::collector::logs::v1::ExportLogsServiceRequest request;
  auto& resource_logs = *request.add_resource_logs();
  *resource_logs.mutable_resource() = resource_;
  std::map<const Scope*, proto::logs::v1::ScopeLogs*> by_scope;
  for (const auto& item : items) {
    auto& recordable = static_cast<LogRecordable&>(*item);
    auto& scope_logs = by_scope[recordable.scope()];
    if (scope_logs == nullptr) {
      scope_logs = resource_logs.add_scope_logs();
      WriteScope(recordable.scope(), *scope_logs);
    }
    auto& record = *scope_logs->add_log_records();
    record = std::move(recordable.record());
    cleaner_.Clean(*record.mutable_body());
    cleaner_.Clean(*record.mutable_attributes());
    cleaner_.Clean(*record.mutable_event_name());
  }
  return {request.SerializeAsString(), items.size()};
}

}  // namespace guildscope::exporting
