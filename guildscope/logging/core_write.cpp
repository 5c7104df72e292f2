#include <string>
#include <utility>

#include "guildscope/logging/core.hpp"
#include "guildscope/logging/redacted.hpp"
#include "guildscope/logging/this_thread.hpp"
#include "guildscope/tracing/context.hpp"

namespace guildscope::logging {
namespace {

constexpr std::chrono::seconds kBetweenTold{1};

}  // namespace

bool Logging::Core::ToConsole(const State& state) const noexcept {
  return !quiet_console_.load(std::memory_order_relaxed) || state.of_exporter();
}

void Logging::Core::Record(State& state, Level level, std::string_view message, const Fields& fields,
                           const std::source_location& location) noexcept {
  state.counts.records[static_cast<std::size_t>(level)].fetch_add(1, std::memory_order_relaxed);
  const auto now = clock_.Now();
  const ThreadIdentity thread = ThisThread(now);
  const logging::Record record{.level = level,
                               .time = now,
                               .logger = state.name(),
                               .message = message,
                               .fields = fields,
                               .location = location,
                               .thread_id = thread.id,
                               .thread_name = thread.name,
                               .span = tracing::CurrentSpan()};
  const bool to_console = ToConsole(state);
  if (to_console || state.file() != nullptr) {
    const PendingRecord pending(&state, record, to_console);
    if (!queue_->Push(level, pending.size(), [&pending](char* to) { pending.WriteTo(to); })) {
      state.counts.dropped.fetch_add(1, std::memory_order_relaxed);
    }
  }
  if (const OtlpSink* const otlp = state.otlp()) {
    Guarded([&] {
      if (!otlp->Emit(record, *redactor_)) state.counts.otlp_dropped.fetch_add(1, std::memory_order_relaxed);
    });
  }
}

void Logging::Core::WriteLine(std::string_view pending) noexcept {
  Guarded([&] {
    Fields fields;
    PendingRecord::Read read = PendingRecord::From(pending, fields);
    const auto& state = *static_cast<const State*>(read.logger);
    const std::string message = redactor_->Redact(read.record.message);
    fields = Redacted(*redactor_, fields);
    read.record.logger = state.name();
    read.record.message = message;
    WriteLine(state, read.record, read.to_console);
  });
}

void Logging::Core::WriteLine(const State& state, const logging::Record& record, bool to_console) noexcept {
  Guarded([&] {
    std::string line = ToLine(record);
    if (to_console && !console_.Write(line)) lost_.fetch_add(1, std::memory_order_relaxed);
    if (state.file() != nullptr) state.file()->Write(line += resource_);
  });
}

void Logging::Core::TellDropped(const LevelCounts& dropped) noexcept {
  if (dropped == told_) return;
  const auto steady_now = clock_.SteadyNow();
  if (told_ != LevelCounts{} && steady_now - last_told_ < kBetweenTold) return;
  Guarded([&] {
    std::uint64_t all = 0;
    std::string by_level;
    for (std::size_t i = 0; i < dropped.size(); ++i) {
      const std::uint64_t more = dropped[i] - told_[i];
      if (more == 0) continue;
      all += more;
      by_level += std::string(by_level.empty() ? "" : ", ") + std::string(ToString(static_cast<Level>(i))) + " " +
                  std::to_string(more);
    }
    told_ = dropped;
    last_told_ = steady_now;
    const std::string message = std::to_string(all) +
                                " log records were dropped, because they came faster than they "
                                "could be written: " +
                                by_level;
    const Fields fields;
    const auto now = clock_.Now();
    const ThreadIdentity thread = ThisThread(now);
    const logging::Record record{.level = Level::kWarning,
                                 .time = now,
                                 .logger = own_->name(),
                                 .message = message,
                                 .fields = fields,
                                 .location = {},
                                 .thread_id = thread.id,
                                 .thread_name = thread.name,
                                 .span = {}};
    WriteLine(*own_, record, ToConsole(*own_));
    if (const OtlpSink* const otlp = own_->otlp()) otlp->Emit(record, *redactor_);
  });
}

}  // namespace guildscope::logging
