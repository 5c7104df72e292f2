#pragma once

#include <opentelemetry/sdk/logs/processor.h>

#include <memory>

#include "guildscope/export/batch_pipeline.hpp"
#include "guildscope/export/log_recordable.hpp"

/// Where the SDK hands over what has ended: a pipeline in the SDK's shape. The pipeline is shared with Exporters, which
/// shuts it down within its bound; the SDK's own calls are bounded too, whatever timeout they ask for.
namespace guildscope::exporting {

class LogProcessor final : public opentelemetry::sdk::logs::LogRecordProcessor {
 public:
  LogProcessor(std::shared_ptr<BatchPipeline> pipeline, std::shared_ptr<const LogSettings> settings)
      : pipeline_(std::move(pipeline)), settings_(std::move(settings)) {}

  std::unique_ptr<opentelemetry::sdk::logs::Recordable> MakeRecordable() noexcept override;
  void OnEmit(std::unique_ptr<opentelemetry::sdk::logs::Recordable>&& record) noexcept override;
  bool ForceFlush(std::chrono::microseconds timeout) noexcept override;
  bool Shutdown(std::chrono::microseconds timeout) noexcept override;

 private:
  const std::shared_ptr<BatchPipeline> pipeline_;
  const std::shared_ptr<const LogSettings> settings_;
};

}  // namespace guildscope::exporting
