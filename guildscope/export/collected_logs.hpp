#pragma once

#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "guildscope/export/log_sink.hpp"
#include "guildscope/export/wire_encoder.hpp"

namespace guildscope::exporting {

/// Where log records go in tests: through the real pipeline and the real encoder, to somebody who keeps what he is
/// sent.
class CollectedLogs {
 public:
  struct Collected {
    opentelemetry::proto::logs::v1::LogRecord record;
    std::string scope;
    std::string version;
  };

  explicit CollectedLogs(std::size_t queue_size = 2'048, std::shared_ptr<Redactor> redactor = nullptr)
      : redactor_(redactor ? std::move(redactor) : std::make_shared<Redactor>()) {
    BatchPipeline::Parts parts;
    parts.batch = {.max_queue_size = queue_size,
                   .max_export_batch_size = queue_size,
                   .schedule_delay = std::chrono::hours(1),
                   .export_timeout = std::chrono::seconds(30)};
    parts.encoder = std::make_unique<WireEncoder>(WireMessage::kLogRecord,
                                                  opentelemetry::proto::resource::v1::Resource(), redactor_);
    parts.delivery = std::make_unique<Delivery>(std::make_unique<Keeper>(kept_));
    parts.account = account_;
    pipeline_ = std::make_shared<BatchPipeline>(std::move(parts));
  }

  /// The first call's limits count.
  const LentLogSink& sink(const config::AttributeLimits& limits = {}) {
    if (!sink_) sink_.emplace(std::make_shared<const LogSink>(limits, redactor_, pipeline_, listener));
    return *sink_;
  }
  [[nodiscard]] const Account& account() const { return *account_; }
  BatchPipeline& pipeline() { return *pipeline_; }

  /// Nothing leaves the queue from here on: the thread waits with a record of ours, and takes no other.
  void Hold() {
    kept_->hold.lock();
    held_ = true;
    pipeline_->Push(std::make_unique<WireItem>(InternScope("held")));
    pipeline_->Flush(std::chrono::seconds(0));
    while (pipeline_->queue_size() > 0) std::this_thread::yield();
  }
  ~CollectedLogs() {
    if (held_) kept_->hold.unlock();
  }
  CollectedLogs(const CollectedLogs&) = delete;
  CollectedLogs& operator=(const CollectedLogs&) = delete;

  std::vector<Collected> Records() {
    pipeline_->Flush(std::chrono::seconds(30));
    std::vector<Collected> all;
    const std::lock_guard lock(kept_->hold);
    for (const std::string& bytes : kept_->requests) {
      opentelemetry::proto::collector::logs::v1::ExportLogsServiceRequest request;
      if (!request.ParseFromString(bytes)) throw std::runtime_error("no request");
      for (const auto& scope : request.resource_logs(0).scope_logs()) {
        for (const auto& record : scope.log_records()) {
          all.push_back({record, scope.scope().name(), scope.scope().version()});
        }
      }
    }
    return all;
  }
  void Clear() {
    const std::lock_guard lock(kept_->hold);
    kept_->requests.clear();
  }

  std::shared_ptr<LogListener> listener;  ///< Before the first sink().

 private:
  struct Kept {
    std::mutex hold;
    std::vector<std::string> requests;  // guarded by hold
  };
  class Keeper final : public Transport {
   public:
    explicit Keeper(std::shared_ptr<Kept> kept) : kept_(std::move(kept)) {}
    Reply Send(const Request& request, std::chrono::steady_clock::time_point) noexcept override {
      const std::lock_guard lock(kept_->hold);
      kept_->requests.push_back(request.bytes);
      return {.outcome = Reply::Outcome::kAccepted, .rejected = 0, .detail = {}, .retry_after = {}};
    }
    void Cancel() noexcept override {}
    [[nodiscard]] const std::string& destination() const noexcept override { return destination_; }

   private:
    const std::shared_ptr<Kept> kept_;
    const std::string destination_ = "a test";
  };

  const std::shared_ptr<Redactor> redactor_;
  const std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
  const std::shared_ptr<Account> account_ = std::make_shared<Account>();
  std::shared_ptr<BatchPipeline> pipeline_;
  std::optional<LentLogSink> sink_;
  bool held_ = false;
};

}  // namespace guildscope::exporting
