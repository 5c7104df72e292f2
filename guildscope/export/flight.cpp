#include "guildscope/export/flight.hpp"

#include <cstring>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "guildscope/export/flight_requests.hpp"
#include "guildscope/export/message_redaction.hpp"
#include "guildscope/export/wire_item.hpp"
#include "guildscope/export/wire_reader.hpp"
#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
using flight::Kind;

/// The value of the first field of this number, of those that stand before the texts: spans and log records begin with
/// what has always the same size.
std::uint64_t Fixed64Field(std::string_view message, std::uint32_t number) noexcept {
  std::uint64_t value = 0;
  wire::Field field;
  while (wire::TakeField(message, field)) {
    if (field.number != number || field.value.size() != sizeof value) continue;
    std::memcpy(&value, field.value.data(), sizeof value);
    break;
  }
  return value;
}

// opentelemetry.proto: Span.start_time_unix_nano, Span.end_time_unix_nano, LogRecord.observed_time_unix_nano
constexpr std::uint32_t kSpanStartTime = 7;
constexpr std::uint32_t kSpanEndTime = 8;
constexpr std::uint32_t kLogObservedTime = 11;

class RecordSpans final : public SpanListener {
 public:
  explicit RecordSpans(std::shared_ptr<flight::Recorder> recorder) : recorder_(std::move(recorder)) {}

  void SpanStarted(std::string_view span, const WireScope& scope) noexcept override {
    recorder_->SpanStarted(scope.head, span, Fixed64Field(span, kSpanStartTime));
  }
  void SpanEnded(std::string_view span, const WireScope& scope) noexcept override {
    recorder_->SpanEnded(scope.head, span, Fixed64Field(span, kSpanEndTime));
  }

 private:
  const std::shared_ptr<flight::Recorder> recorder_;
};

class RecordLogs final : public LogListener {
 public:
  explicit RecordLogs(std::shared_ptr<flight::Recorder> recorder) : recorder_(std::move(recorder)) {}

  void Logged(std::string_view record, const WireScope& scope) noexcept override {
    recorder_->LogRecorded(scope.head, record, Fixed64Field(record, kLogObservedTime));
  }

 private:
  const std::shared_ptr<flight::Recorder> recorder_;
};

/// Notes by which keys the recorder knows the items of each request.
class FollowedEncoder final : public Encoder {
 public:
  using Keys = std::shared_ptr<std::vector<std::uint64_t>>;

  FollowedEncoder(Signal signal, std::unique_ptr<Encoder> encoder, Keys keys)
      : signal_(signal), encoder_(std::move(encoder)), keys_(std::move(keys)) {}

  Request Encode(const Items& items) override {
    keys_->clear();
    const Kind kind = signal_ == Signal::kTraces ? Kind::kSpanEnded : Kind::kLog;
    for (const auto& item : items) {
      keys_->push_back(flight::Recorder::KeyOf(kind, static_cast<const WireItem&>(*item).bytes()));
    }
    return encoder_->Encode(items);
  }

 private:
  const Signal signal_;
  const std::unique_ptr<Encoder> encoder_;
  const Keys keys_;
};

std::shared_ptr<flight::Recorder> MakeRecorder(const config::TelemetryOptions& options,
                                               const otel::proto::resource::v1::Resource& resource,
                                               const std::shared_ptr<const Redactor>& redactor) {
  otel::proto::resource::v1::Resource clean = resource;
  RedactTexts(clean, *redactor);
  flight::RecorderOptions recorder;
  recorder.directory = options.flight_recorder.directory;
  recorder.max_bytes = options.flight_recorder.max_bytes;
  recorder.crash_handler = options.flight_recorder.crash_handler;
  recorder.service_name = options.service_name;
  if (const auto instance = options.resource_attributes.find("service.instance.id");
      instance != options.resource_attributes.end()) {
    recorder.instance_id = instance->second;
  }
  recorder.resource = clean.SerializeAsString();
  return std::make_shared<flight::Recorder>(
      recorder, redactor, [redactor](Kind kind, std::string_view body) { return RedactRecord(kind, body, *redactor); });
}

}  // namespace

std::shared_ptr<SpanListener> Flight::span_listener() const { return std::make_shared<RecordSpans>(recorder_); }
std::shared_ptr<LogListener> Flight::log_listener() const { return std::make_shared<RecordLogs>(recorder_); }

std::unique_ptr<Flight> Flight::Start(const config::TelemetryOptions& options,
                                      const otel::proto::resource::v1::Resource& resource,
                                      const std::shared_ptr<const Redactor>& redactor, metrics::Registry& registry,
                                      const logging::Logger& logger) {
  if (options.flight_recorder.directory.empty()) return nullptr;
  try {
    return std::unique_ptr<Flight>(new Flight(options, resource, redactor, registry, logger));
  } catch (const std::exception& exception) {
    logger.Error("the flight recorder is off: {}", exception.what());
    return nullptr;
  }
}

Flight::Flight(const config::TelemetryOptions& options, const otel::proto::resource::v1::Resource& resource,
               const std::shared_ptr<const Redactor>& redactor, metrics::Registry& registry,
               const logging::Logger& logger)
    : redactor_(redactor), registry_(registry), logger_(logger), recorder_(MakeRecorder(options, resource, redactor)) {
  subscriptions_.push_back(registry.Observe(metrics::catalogue::kFlightRecorderLostRecords,
                                            [recorder = recorder_](metrics::Observer<1>& observe) {
                                              observe(static_cast<double>(recorder->too_large()), {"too_large"});
                                              observe(static_cast<double>(recorder->not_cleaned()), {"not_cleaned"});
                                            }));
}

std::unique_ptr<Encoder> Flight::Follow(Signal signal, std::unique_ptr<Encoder> encoder, OnVerdict& on_verdict) {
  auto keys = std::make_shared<std::vector<std::uint64_t>>();
  on_verdict = [recorder = recorder_, keys, next = std::move(on_verdict)](const Verdict& verdict, std::size_t items,
                                                                          std::chrono::nanoseconds took) {
    if (!verdict.loss) recorder->Delivered(*keys);
    if (next) next(verdict, items, took);
  };
  return std::make_unique<FollowedEncoder>(signal, std::move(encoder), std::move(keys));
}

void Flight::Recover(std::unique_ptr<Delivery> traces, std::unique_ptr<Delivery> logs) {
  const auto count = [recovered = registry_.Get(metrics::catalogue::kFlightRecorderRecovered)](
                         Signal signal, const FlightRecovery::Counts& counts) {
    for (const auto& [outcome, items] : {std::pair{"exported", counts.exported},
                                         {"delivered_before", counts.delivered_before},
                                         {"failed", counts.failed}}) {
      if (items > 0) recovered.Add(static_cast<double>(items), {ToString(signal), outcome});
    }
  };
  recovery_ = std::make_unique<FlightRecovery>(FlightRecovery::Parts{.directory = recorder_->file().parent_path(),
                                                                     .traces = std::move(traces),
                                                                     .logs = std::move(logs),
                                                                     .redactor = redactor_,
                                                                     .logger = logger_,
                                                                     .on_counts = count});
}

void Flight::StopRecovery(std::chrono::milliseconds limit) noexcept {
  if (recovery_) recovery_->Stop(limit);
}

}  // namespace guildscope::exporting
