#pragma once

#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>
#include <opentelemetry/trace/tracer.h>

#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "guildscope/export/span_provider.hpp"
#include "guildscope/export/wire_encoder.hpp"

/// For the tests of this module.
namespace guildscope::exporting {

/// A tracer provider whose spans take the whole way to a transport, and from there into the test.
class CollectedSpans {
 public:
  using Request = opentelemetry::proto::collector::trace::v1::ExportTraceServiceRequest;

  struct Options {
    config::SpanLimits limits{};
    config::Sampler sampler = config::Sampler::kParentBasedAlwaysOn;
    double ratio = 1;
    std::vector<std::string> drop_successful{};
    std::shared_ptr<SpanListener> listener{};
  };

  CollectedSpans() : CollectedSpans(Options{}) {}
  explicit CollectedSpans(const Options& options) {
    redactor_->AddSecret("secret-of-the-bot");
    auto transport = std::make_unique<Keeper>(sent_);
    BatchPipeline::Parts parts;
    parts.batch = {.max_queue_size = 10'000,
                   .max_export_batch_size = 512,
                   .schedule_delay = std::chrono::hours(1),
                   .export_timeout = std::chrono::seconds(30)};
    parts.encoder =
        std::make_unique<WireEncoder>(WireMessage::kSpan, opentelemetry::proto::resource::v1::Resource(), redactor_);
    parts.delivery = std::make_unique<Delivery>(std::move(transport));
    parts.account = account_;
    pipeline_ = std::make_shared<BatchPipeline>(std::move(parts));
    filter_ = std::make_shared<const SpanFilter>(options.drop_successful);
    auto sink = std::make_shared<SpanSink>(options.limits, SpanSampler(options.sampler, options.ratio), redactor_);
    sink->pipeline = pipeline_;
    sink->filter = filter_;
    sink->listener = options.listener;
    provider_ =
        opentelemetry::nostd::shared_ptr<opentelemetry::trace::TracerProvider>(new SpanProvider(std::move(sink)));
  }
  ~CollectedSpans() { pipeline_->Shutdown(std::chrono::seconds(1)); }
  CollectedSpans(const CollectedSpans&) = delete;
  CollectedSpans& operator=(const CollectedSpans&) = delete;

  opentelemetry::nostd::shared_ptr<opentelemetry::trace::Tracer> tracer(std::string_view name = "a test") {
    return provider_->GetTracer({name.data(), name.size()}, "1.0", "");
  }

  opentelemetry::nostd::shared_ptr<opentelemetry::trace::TracerProvider> provider() { return provider_; }

  /// The requests that were sent for what ended since the last call.
  std::vector<Request> TakeRequests() {
    pipeline_->Flush(std::chrono::seconds(60));
    const std::lock_guard lock(sent_->mutex);
    std::vector<Request> requests;
    for (const std::string& bytes : std::exchange(sent_->requests, {})) {
      if (!requests.emplace_back().ParseFromString(bytes)) throw std::runtime_error("what was sent is no request");
    }
    return requests;
  }
  std::vector<opentelemetry::proto::trace::v1::Span> Take() {
    std::vector<opentelemetry::proto::trace::v1::Span> spans;
    for (const Request& request : TakeRequests()) {
      for (const auto& scope : request.resource_spans(0).scope_spans()) {
        spans.insert(spans.end(), scope.spans().begin(), scope.spans().end());
      }
    }
    return spans;
  }
  opentelemetry::proto::trace::v1::Span TakeOne() {
    auto spans = Take();
    if (spans.size() != 1) throw std::runtime_error(std::to_string(spans.size()) + " spans, not one");
    return spans.front();
  }

  BatchPipeline& pipeline() { return *pipeline_; }
  const Account& account() { return *account_; }
  const SpanFilter& filter() { return *filter_; }
  void ForgetProvider() { provider_ = {}; }

 private:
  struct Sent {
    std::mutex mutex;
    std::vector<std::string> requests;  // guarded by mutex
  };

  class Keeper final : public Transport {
   public:
    explicit Keeper(std::shared_ptr<Sent> sent) : sent_(std::move(sent)) {}
    Reply Send(const exporting::Request& request, std::chrono::steady_clock::time_point) noexcept override {
      const std::lock_guard lock(sent_->mutex);
      sent_->requests.push_back(request.bytes);
      return {.outcome = Reply::Outcome::kAccepted, .rejected = 0, .detail = {}, .retry_after = {}};
    }
    void Cancel() noexcept override {}
    [[nodiscard]] const std::string& destination() const noexcept override { return destination_; }

   private:
    const std::shared_ptr<Sent> sent_;
    const std::string destination_ = "a test";
  };

  const std::shared_ptr<Redactor> redactor_ = std::make_shared<Redactor>();
  const std::shared_ptr<Sent> sent_ = std::make_shared<Sent>();
  const std::shared_ptr<Account> account_ = std::make_shared<Account>();
  std::shared_ptr<BatchPipeline> pipeline_;
  std::shared_ptr<const SpanFilter> filter_;
  opentelemetry::nostd::shared_ptr<opentelemetry::trace::TracerProvider> provider_;
};

}  // namespace guildscope::exporting
