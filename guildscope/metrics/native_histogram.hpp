#pragma once

#include <string>

#include "guildscope/metrics/collection.hpp"

namespace guildscope::metrics {

/// Appends the fields of io.prometheus.client.Histogram that make it a native one. Its schema is the scale, made
/// coarser to 8 where it is finer; buckets with a scale below -4, which Prometheus does not have, append nothing.
void AppendNativeHistogram(std::string& message, const ExponentialBuckets& buckets);

}  // namespace guildscope::metrics
