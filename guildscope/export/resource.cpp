#include "guildscope/export/resource.hpp"

#include <gnu/libc-version.h>
#include <limits.h>
#include <opentelemetry/exporters/otlp/otlp_populate_attribute_utils.h>
#include <opentelemetry/sdk/version/version.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "guildscope/base/uuid.hpp"
#include "guildscope/base/version.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;

std::string HostName() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::filesystem::path Executable() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error);
}

}  // namespace

otel::sdk::resource::Resource MakeResource(const config::TelemetryOptions& options, const Redactor& redactor) {
  otel::sdk::resource::ResourceAttributes attributes;
  const auto set = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) attributes[key] = redactor.Redact(value);
  };
  set("service.name", options.service_name);
  set("service.version", options.service_version);
  set("service.instance.id", NewUuid());
  set("deployment.environment.name", options.deployment_environment);
  set("host.name", HostName());
  attributes["process.pid"] = static_cast<std::int64_t>(getpid());
  set("process.executable.name", Executable().filename().string());
  // What a C++ program runs on is its C library; the compiler is in the metric build_info.
  set("process.runtime.name", "glibc");
  set("process.runtime.version", gnu_get_libc_version());
  set("telemetry.sdk.language", "cpp");
  set("telemetry.sdk.name", "opentelemetry");
  set("telemetry.sdk.version", OPENTELEMETRY_SDK_VERSION);
  set("telemetry.distro.name", "guildscope");
  set("telemetry.distro.version", std::string(Version()));
  for (const auto& [key, value] : options.resource_attributes) set(key, value);
  return otel::sdk::resource::Resource::Create(attributes);
}

otel::proto::resource::v1::Resource ToProto(const otel::sdk::resource::Resource& resource) {
  otel::proto::resource::v1::Resource result;
  otel::exporter::otlp::OtlpPopulateAttributeUtils::PopulateAttribute(&result, resource);
  return result;
}

}  // namespace guildscope::exporting
