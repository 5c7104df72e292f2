#pragma once

#include <string>
#include <string_view>

#include "guildscope/metrics/snapshot.hpp"

/// What `/metrics` answers. Formats: Prometheus text 0.0.4 (prometheus.io, "Exposition formats") and OpenMetrics 1.0.0.
/// Names are those of prometheus_name.hpp. A label without a value is left out.
namespace guildscope::metrics {

enum class Format { kPrometheusText, kOpenMetrics };

/// The value of the Content-Type header.
[[nodiscard]] std::string_view ContentType(Format format) noexcept;

/// The format that an Accept header (RFC 9110, section 12.5.1) prefers. OpenMetrics when it is named and not ranked
/// below plain text; plain text when nothing else is asked for, or nothing that there is.
[[nodiscard]] Format Negotiate(std::string_view accept) noexcept;

/// The snapshot as text. Cost: linear in the number of series; one string, written once.
[[nodiscard]] std::string Expose(const Snapshot& snapshot, Format format);

}  // namespace guildscope::metrics
