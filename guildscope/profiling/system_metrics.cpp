#include "guildscope/profiling/system_metrics.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::profiling {
namespace {

namespace catalogue = metrics::catalogue;
using metrics::Observer;

using Value = std::optional<std::uint64_t>;

void Report(Observer<0>& observer, const Value& value) {
  if (value) observer(static_cast<double>(*value));
}

void Report(Observer<1>& observer, std::string_view label, const Value& value) {
  if (value) observer(static_cast<double>(*value), {label});
}

void ReportMemory(const Reading& reading, Observer<1>& observer) {
  Report(observer, "sys", reading.process.writable);
  if (!reading.details.value) return;
  const ProcessDetails& details = *reading.details.value;
  if (details.heap) {
    Report(observer, "heap_alloc", details.heap->alloc);
    Report(observer, "heap_sys", details.heap->sys);
    Report(observer, "heap_idle", details.heap->idle);
    Report(observer, "heap_inuse", details.heap->alloc);
    Report(observer, "heap_released", details.heap->released);
  }
  Report(observer, "total_alloc", details.total_allocated);
  if (details.stacks) {
    Report(observer, "stack_inuse", details.stacks->resident);
    Report(observer, "stack_sys", details.stacks->reserved);
  }
}

void ReportFilesystems(const Reading& reading, Observer<2>& observer) {
  if (!reading.filesystems.value) return;
  for (const FilesystemValues& filesystem : *reading.filesystems.value) {
    observer(static_cast<double>(filesystem.used), {filesystem.mountpoint, "used"});
    observer(static_cast<double>(filesystem.free), {filesystem.mountpoint, "free"});
  }
}

void ReportAges(const Reading& reading, Observer<1>& observer) {
  const auto report = [&](std::string_view source, const auto& aged) {
    if (aged.value) observer(std::chrono::duration<double>(aged.age).count(), {source});
  };
  report("details", reading.details);
  report("filesystems", reading.filesystems);
}

}  // namespace

SystemMetrics::SystemMetrics(metrics::Registry& registry, Readings& readings) {
  ObserveSystem(registry, readings);
  ObserveProcess(registry, readings);
}

void SystemMetrics::ObserveSystem(metrics::Registry& registry, Readings& readings) {
  const auto observe = [&]<metrics::Kind kKind, std::size_t N>(const metrics::Descriptor<kKind, N>& descriptor,
                                                               void (*report)(const Reading&, Observer<N>&)) {
    subscriptions_.push_back(registry.Observe(
        descriptor, [&readings, report](Observer<N>& observer) { report(*readings.Get(), observer); }));
  };
  observe(catalogue::kSystemMemory, ReportMemory);
  observe(catalogue::kSystemFilesystem, ReportFilesystems);
  observe(catalogue::kProfilingReadingAge, ReportAges);
  constexpr auto kThreads = [](const Reading& reading, Observer<0>& observer) {
    Report(observer, reading.process.threads);
  };
  observe(catalogue::kSystemThreads, +kThreads);
  observe(catalogue::kSystemGoroutines, +kThreads);
  observe(catalogue::kProcessThreadCount, +kThreads);
}

void SystemMetrics::ObserveProcess(metrics::Registry& registry, Readings& readings) {
  const auto observe = [&]<metrics::Kind kKind, std::size_t N>(const metrics::Descriptor<kKind, N>& descriptor,
                                                               auto report) {
    subscriptions_.push_back(registry.Observe(
        descriptor, [&readings, report](Observer<N>& observer) { report(*readings.Get(), observer); }));
  };
  observe(catalogue::kProcessCpuTime, [](const Reading& reading, Observer<1>& observer) {
    observer(reading.process.cpu_user.count(), {"user"});
    observer(reading.process.cpu_system.count(), {"system"});
  });
  observe(catalogue::kProcessCpuUtilization, [](const Reading& reading, Observer<1>& observer) {
    if (!reading.cpu) return;
    observer(reading.cpu->user, {"user"});
    observer(reading.cpu->system, {"system"});
  });
  observe(catalogue::kProcessMemoryUsage,
          [](const Reading& reading, Observer<0>& observer) { Report(observer, reading.process.resident); });
  observe(catalogue::kProcessMemoryVirtual,
          [](const Reading& reading, Observer<0>& observer) { Report(observer, reading.process.virtual_size); });
  observe(catalogue::kProcessMemoryUss, [](const Reading& reading, Observer<0>& observer) {
    if (reading.details.value) Report(observer, reading.details.value->unique);
  });
  observe(catalogue::kProcessUnixFileDescriptorCount, [](const Reading& reading, Observer<0>& observer) {
    if (reading.details.value) Report(observer, reading.details.value->file_descriptors);
  });
  observe(catalogue::kProcessContextSwitches, [](const Reading& reading, Observer<1>& observer) {
    Report(observer, "voluntary", reading.process.voluntary_switches);
    Report(observer, "involuntary", reading.process.involuntary_switches);
  });
  observe(catalogue::kProcessPagingFaults, [](const Reading& reading, Observer<1>& observer) {
    Report(observer, "minor", reading.process.minor_faults);
    Report(observer, "major", reading.process.major_faults);
  });
}

}  // namespace guildscope::profiling
