#include "guildscope/profiling/process_profiler.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace guildscope::profiling {
namespace {

using Value = std::optional<std::uint64_t>;

/// A size, and how it differs from the one before: as text and as fields.
struct Size {
  const char* name;   // in the text
  const char* field;  // borrowed by the record, so literals
  const char* change_field;
  Value now;
  Value before;
};

double ToMebibytes(double bytes) { return bytes / (1024 * 1024); }

Value Unique(const Reading& reading) { return reading.details.value ? reading.details.value->unique : std::nullopt; }

/// Adds the fields, and gives the text: `RSS 45.3 MiB (+0.2)`.
std::string Describe(const Size& size, logging::Fields& fields) {
  if (!size.now) return fmt::format("{} unknown", size.name);
  fields.emplace_back(size.field, std::to_string(*size.now));
  std::string text = fmt::format("{} {:.1f} MiB", size.name, ToMebibytes(static_cast<double>(*size.now)));
  if (!size.before) return text;
  const auto change = static_cast<std::int64_t>(*size.now - *size.before);
  fields.emplace_back(size.change_field, std::to_string(change));
  return fmt::format("{} ({:+.1f})", text, ToMebibytes(static_cast<double>(change)));
}

/// Of one processor, over the time between two readings; nothing when no time has passed.
std::optional<double> CpuPercent(const Reading& before, const Reading& now) {
  const double passed = std::chrono::duration<double>(now.at - before.at).count();
  if (passed <= 0) return std::nullopt;
  const auto used = now.process.cpu_user + now.process.cpu_system - before.process.cpu_user - before.process.cpu_system;
  return 100 * used.count() / passed;
}

std::string DescribeCpu(const Reading* before, const Reading& now, logging::Fields& fields) {
  const auto percent = before == nullptr ? std::nullopt : CpuPercent(*before, now);
  if (!percent) return "CPU unknown";
  fields.emplace_back("cpu_percent", fmt::format("{:.1f}", *percent));
  return fmt::format("CPU {:.1f} %", *percent);
}

std::string DescribeCount(std::string_view what, std::string_view field, const Value& count, logging::Fields& fields) {
  if (!count) return fmt::format("{} unknown", what);
  fields.emplace_back(field, std::to_string(*count));
  return fmt::format("{} {}", *count, what);
}

}  // namespace

void ProcessProfiler::LogSnapshot() {
  const auto reading = readings_.Get();
  const Reading& now = *reading;
  const Reading* const before = before_.get();
  const auto earlier = [&](auto value) { return before == nullptr ? Value() : value(*before); };
  logging::Fields fields;
  const std::string rss = Describe({"RSS", "rss_bytes", "rss_change_bytes", now.process.resident,
                                    earlier([](const Reading& r) { return r.process.resident; })},
                                   fields);
  const std::string vms = Describe({"VMS", "vms_bytes", "vms_change_bytes", now.process.virtual_size,
                                    earlier([](const Reading& r) { return r.process.virtual_size; })},
                                   fields);
  const std::string uss = Describe({"USS", "uss_bytes", "uss_change_bytes", Unique(now), earlier(Unique)}, fields);
  const std::string cpu = DescribeCpu(before, now, fields);
  const std::string threads = DescribeCount("threads", "threads", now.process.threads, fields);
  const std::string descriptors =
      DescribeCount("file descriptors", "file_descriptors",
                    now.details.value ? now.details.value->file_descriptors : std::nullopt, fields);
  if (now.details.age.count() > 0) {
    fields.emplace_back("reading_age_seconds",
                        fmt::format("{:.1f}", std::chrono::duration<double>(now.details.age).count()));
  }
  logger_.With(std::move(fields)).Info("{}, {}, {}, {}, {}, {}", rss, vms, uss, cpu, threads, descriptors);
  before_ = reading;
}

ProcessProfilerLoop::ProcessProfilerLoop(Readings& readings, logging::Logger logger, health::Health& health,
                                         const tracing::Tracer& tracer, std::chrono::seconds interval)
    : profiler_(readings, std::move(logger)),
      job_(health, tracer, "process_metrics",
           [this](health::JobRun& run) {
             run.Begin();
             profiler_.LogSnapshot();
             return health::Iteration::kIdle;
           },
           {.interval = interval}) {}

}  // namespace guildscope::profiling
