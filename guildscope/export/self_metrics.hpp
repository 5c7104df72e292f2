#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/export/account.hpp"
#include "guildscope/export/signal.hpp"
#include "guildscope/export/span_filter.hpp"
#include "guildscope/metrics/registry.hpp"

namespace guildscope::exporting {

/// What a part of the export is called in its metrics: otel.component.name and otel.component.type.
struct Component {
  explicit Component(std::string component_type) : name(component_type + "/0"), type(std::move(component_type)) {}
  std::string name;
  std::string type;
};

/// The queue in front of an exporter.
struct QueueView {
  std::function<std::size_t()> size;
  std::size_t capacity = 0;
};

/// Shows a signal's account and queue as otel.sdk.* metrics, for as long as the subscriptions live. `queue` is empty
/// for metrics, which have none.
[[nodiscard]] std::vector<metrics::Subscription> ShowAccount(metrics::Registry& registry, Signal signal,
                                                             const std::shared_ptr<const Account>& account,
                                                             const Component& exporter, const Component& processor,
                                                             std::optional<QueueView> queue);

/// Shows how many spans a filter left out.
[[nodiscard]] metrics::Subscription ShowFilter(metrics::Registry& registry, std::shared_ptr<const SpanFilter> filter,
                                               const Component& processor);

/// Records durations from the exporting threads, until it is detached: a thread that was left alone at the shutdown may
/// come back when the registry is gone.
///
/// Threads: any.
class DurationRecorder {
 public:
  DurationRecorder(metrics::Registry& registry, Component component)
      : registry_(&registry), component_(std::move(component)) {}

  /// otel.sdk.exporter.operation.duration; `error_type` is empty for success.
  void RecordExport(std::chrono::nanoseconds took, std::string_view error_type);
  /// otel.sdk.metric_reader.collection.duration; `error_type` is empty for success.
  void RecordCollection(std::chrono::nanoseconds took, std::string_view error_type);
  /// Nothing is recorded after it has returned.
  void Detach();

 private:
  std::mutex mutex_;
  metrics::Registry* registry_;  // guarded by mutex_
  const Component component_;
};

}  // namespace guildscope::exporting
