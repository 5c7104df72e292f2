#pragma once

#include <string>

namespace guildscope::exporting {

/// How the exporters introduce themselves: OTel-OTLP-Exporter-Cpp/<SDK's version> guildscope/<ours>.
[[nodiscard]] const std::string& UserAgent();

}  // namespace guildscope::exporting
