#pragma once

#include <opentelemetry/nostd/span.h>
#include <opentelemetry/sdk/common/exporter_utils.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "guildscope/base/redactor.hpp"
#include "guildscope/export/accepting_transport.hpp"
#include "guildscope/export/batch_pipeline.hpp"
#include "guildscope/export/wire_encoder.hpp"

/// What spans and log records are handed to: our pipeline and the SDK's batch processor, with queues alike, and nobody
/// behind them who takes time.
namespace guildscope::bench {

inline constexpr std::size_t kQueue = 4'096;
inline constexpr std::size_t kBatch = 512;

/// With as many secrets as a bot has.
inline std::shared_ptr<Redactor> BotRedactor() {
  auto redactor = std::make_shared<Redactor>();
  for (const char* secret : {"the token of a bot", "a password", "an API key"}) redactor->AddSecret(secret);
  return redactor;
}

inline std::shared_ptr<exporting::BatchPipeline> MakePipeline(exporting::WireMessage message,
                                                              std::shared_ptr<const Redactor> redactor,
                                                              std::shared_ptr<exporting::Account> account) {
  exporting::BatchPipeline::Parts parts;
  parts.batch = {.max_queue_size = kQueue,
                 .max_export_batch_size = kBatch,
                 .schedule_delay = std::chrono::seconds(1),
                 .export_timeout = std::chrono::seconds(1)};
  parts.encoder = std::make_unique<exporting::WireEncoder>(message, opentelemetry::proto::resource::v1::Resource(),
                                                           std::move(redactor));
  parts.delivery = std::make_unique<exporting::Delivery>(std::make_unique<exporting::AcceptingTransport>());
  parts.account = std::move(account);
  return std::make_shared<exporting::BatchPipeline>(std::move(parts));
}

/// The options of an SDK's batch processor, with a queue like ours.
template <typename Options>
Options SdkBatchOptions() {
  Options options;
  options.max_queue_size = kQueue;
  options.max_export_batch_size = kBatch;
  options.schedule_delay_millis = std::chrono::seconds(1);
  return options;
}

/// An exporter of the SDK's that encodes nothing: what it leaves out is on the exporting thread, and not measured.
template <typename Exporter, typename Recordable, typename OtlpRecordable>
class Drops final : public Exporter {
 public:
  explicit Drops(std::shared_ptr<std::atomic<std::uint64_t>> exported) : exported_(std::move(exported)) {}

  std::unique_ptr<Recordable> MakeRecordable() noexcept override { return std::make_unique<OtlpRecordable>(); }
  opentelemetry::sdk::common::ExportResult Export(
      const opentelemetry::nostd::span<std::unique_ptr<Recordable>>& records) noexcept override {
    exported_->fetch_add(records.size());
    return opentelemetry::sdk::common::ExportResult::kSuccess;
  }
  bool ForceFlush(std::chrono::microseconds) noexcept override { return true; }
  bool Shutdown(std::chrono::microseconds) noexcept override { return true; }

 private:
  std::shared_ptr<std::atomic<std::uint64_t>> exported_;
};

}  // namespace guildscope::bench
