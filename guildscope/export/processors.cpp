#include "guildscope/export/processors.hpp"

#include <algorithm>

namespace guildscope::exporting {
namespace {

/// The SDK's default is to wait for ever.
std::chrono::milliseconds Bounded(std::chrono::microseconds timeout) noexcept {
  constexpr std::chrono::milliseconds kLongest{30'000};
  if (timeout >= std::chrono::microseconds(kLongest)) return kLongest;
  return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(timeout), std::chrono::milliseconds(0));
}

}  // namespace

std::unique_ptr<opentelemetry::sdk::logs::Recordable> LogProcessor::MakeRecordable() noexcept {
  return std::make_unique<LogRecordable>(settings_);
}

void LogProcessor::OnEmit(std::unique_ptr<opentelemetry::sdk::logs::Recordable>&& record) noexcept {
  pipeline_->Push(std::unique_ptr<Item>(static_cast<LogRecordable*>(record.release())));
}

bool LogProcessor::ForceFlush(std::chrono::microseconds timeout) noexcept { return pipeline_->Flush(Bounded(timeout)); }

bool LogProcessor::Shutdown(std::chrono::microseconds timeout) noexcept {
  return pipeline_->Shutdown(Bounded(timeout));
}

}  // namespace guildscope::exporting
