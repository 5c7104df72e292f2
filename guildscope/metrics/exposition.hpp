#pragma once

#include <string_view>

#include "guildscope/base/byte_chain.hpp"
#include "guildscope/metrics/registry.hpp"

/// What `/metrics` answers. Formats: Prometheus text 0.0.4 (prometheus.io, "Exposition formats"), OpenMetrics 1.0.0,
/// and Prometheus' protocol buffers (io.prometheus.client.MetricFamily, delimited). Names are those of
/// prometheus_name.hpp. A label without a value is left out.
namespace guildscope::metrics {

enum class Format { kPrometheusText, kOpenMetrics, kProtobuf };

/// The value of the Content-Type header.
[[nodiscard]] std::string_view ContentType(Format format) noexcept;

/// The format that an Accept header (RFC 9110, section 12.5.1) prefers: the one with the highest quality; of equal ones
/// protobuf before OpenMetrics before text, the first two only where they are named. Plain text when nothing else is
/// asked for, or nothing that there is.
[[nodiscard]] Format Negotiate(std::string_view accept) noexcept;

/// Collects, and writes what it is told. Cost: linear in the number of series; each byte is written once.
[[nodiscard]] ByteChain Expose(Registry& registry, Format format);
[[nodiscard]] ByteChain Expose(const Snapshot& snapshot, Format format);

}  // namespace guildscope::metrics
