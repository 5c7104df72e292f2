#include "guildscope/export/user_agent.hpp"

#include <opentelemetry/sdk/version/version.h>

#include "guildscope/base/version.hpp"

namespace guildscope::exporting {

const std::string& UserAgent() {
  static const std::string agent =
      "OTel-OTLP-Exporter-Cpp/" OPENTELEMETRY_SDK_VERSION " guildscope/" + std::string(Version());
  return agent;
}

}  // namespace guildscope::exporting
