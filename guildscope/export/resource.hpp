#pragma once

#include <opentelemetry/proto/resource/v1/resource.pb.h>
#include <opentelemetry/sdk/resource/resource.h>

#include <string>

#include "guildscope/base/redactor.hpp"
#include "guildscope/config/telemetry_options.hpp"

namespace guildscope::exporting {

/// What this process is, as the semantic conventions name it: the service of the options, the host, the process, the
/// SDK and this library. Attributes of the options win over what is detected. service.instance.id is a new UUID each
/// time. Secrets in values are replaced here, so that the encoders send the resource as it is.
[[nodiscard]] opentelemetry::sdk::resource::Resource MakeResource(const config::TelemetryOptions& options,
                                                                  const Redactor& redactor);

[[nodiscard]] opentelemetry::proto::resource::v1::Resource ToProto(
    const opentelemetry::sdk::resource::Resource& resource);

}  // namespace guildscope::exporting
