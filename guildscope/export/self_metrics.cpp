#include "guildscope/export/self_metrics.hpp"

#include <utility>

#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::exporting {
namespace {

namespace catalogue = metrics::catalogue;
using metrics::Observer;

/// The rows of the catalogue that a signal with a queue has.
struct Rows {
  const metrics::UpDownCounterDescriptor<2>& queue_size;
  const metrics::UpDownCounterDescriptor<2>& queue_capacity;
  const metrics::CounterDescriptor<3>& processed;
};

constexpr Rows kSpanRows{catalogue::kOtelSpanQueueSize, catalogue::kOtelSpanQueueCapacity,
                         catalogue::kOtelSpanProcessed};
constexpr Rows kLogRows{catalogue::kOtelLogQueueSize, catalogue::kOtelLogQueueCapacity, catalogue::kOtelLogProcessed};

const metrics::UpDownCounterDescriptor<2>& InFlight(Signal signal) noexcept {
  switch (signal) {
    case Signal::kTraces:
      return catalogue::kOtelSpanInflight;
    case Signal::kLogs:
      return catalogue::kOtelLogInflight;
    case Signal::kMetrics:
      break;
  }
  return catalogue::kOtelMetricPointInflight;
}

const metrics::CounterDescriptor<3>& Exported(Signal signal) noexcept {
  switch (signal) {
    case Signal::kTraces:
      return catalogue::kOtelSpanExported;
    case Signal::kLogs:
      return catalogue::kOtelLogExported;
    case Signal::kMetrics:
      break;
  }
  return catalogue::kOtelMetricPointExported;
}

}  // namespace

std::vector<metrics::Subscription> ShowAccount(metrics::Registry& registry, Signal signal,
                                               const std::shared_ptr<const Account>& account, const Component& exporter,
                                               const Component& processor, std::optional<QueueView> queue) {
  std::vector<metrics::Subscription> subscriptions;
  subscriptions.push_back(registry.Observe(InFlight(signal), [account, exporter](Observer<2>& observe) {
    observe(static_cast<double>(account->in_flight()), {exporter.name, exporter.type});
  }));
  subscriptions.push_back(registry.Observe(Exported(signal), [account, exporter](Observer<3>& observe) {
    observe(static_cast<double>(account->delivered()), {exporter.name, exporter.type, ""});
    for (const Loss why : kLosses) {
      const bool is_of_spool = why == Loss::kSpoolFull || why == Loss::kSpoolDamaged;
      if (is_of_spool && !account->has_spool()) continue;
      observe(static_cast<double>(account->failed(why)), {exporter.name, exporter.type, ToString(why)});
    }
  }));
  if (!queue) return subscriptions;

  const Rows& rows = signal == Signal::kTraces ? kSpanRows : kLogRows;
  subscriptions.push_back(registry.Observe(rows.queue_size, [size = queue->size, processor](Observer<2>& observe) {
    observe(static_cast<double>(size()), {processor.name, processor.type});
  }));
  subscriptions.push_back(
      registry.Observe(rows.queue_capacity, [capacity = queue->capacity, processor](Observer<2>& observe) {
        observe(static_cast<double>(capacity), {processor.name, processor.type});
      }));
  subscriptions.push_back(registry.Observe(rows.processed, [account, processor](Observer<3>& observe) {
    observe(static_cast<double>(account->submitted()), {processor.name, processor.type, ""});
    for (const Loss why : {Loss::kQueueFull, Loss::kShutdown}) {
      observe(static_cast<double>(account->not_submitted(why)), {processor.name, processor.type, ToString(why)});
    }
  }));
  return subscriptions;
}

metrics::Subscription ShowFilter(metrics::Registry& registry, std::shared_ptr<const SpanFilter> filter,
                                 const Component& processor) {
  return registry.Observe(catalogue::kOtelSpanFiltered, [filter = std::move(filter), processor](Observer<2>& observe) {
    observe(static_cast<double>(filter->dropped()), {processor.name, processor.type});
  });
}

void DurationRecorder::RecordExport(std::chrono::nanoseconds took, std::string_view error_type) {
  const std::lock_guard lock(mutex_);
  if (registry_ == nullptr) return;
  registry_->Get(catalogue::kOtelExportDuration)
      .Bind({component_.name, component_.type, error_type})
      .Record(std::chrono::duration<double>(took));
}

void DurationRecorder::RecordCollection(std::chrono::nanoseconds took, std::string_view error_type) {
  const std::lock_guard lock(mutex_);
  if (registry_ == nullptr) return;
  registry_->Get(catalogue::kOtelCollectionDuration)
      .Bind({component_.name, component_.type, error_type})
      .Record(std::chrono::duration<double>(took));
}

void DurationRecorder::Detach() {
  const std::lock_guard lock(mutex_);
  registry_ = nullptr;
}

}  // namespace guildscope::exporting
