#include "guildscope/export/flight_requests.hpp"

#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>

#include "guildscope/export/message_redaction.hpp"
#include "guildscope/export/wire_cleaner.hpp"
#include "guildscope/export/wire_item.hpp"

namespace guildscope::exporting {
namespace {

namespace proto = opentelemetry::proto;
using flight::Kind;
using flight::RecordedItem;
using flight::Recording;
using Attributes = google::protobuf::RepeatedPtrField<proto::common::v1::KeyValue>;
using SpansRequest = proto::collector::trace::v1::ExportTraceServiceRequest;
using LogsRequest = proto::collector::logs::v1::ExportLogsServiceRequest;

constexpr std::size_t kItemsOfRequest = 512;
constexpr std::size_t kBytesOfRequest = 1024 * 1024;  // receivers of gRPC take four
constexpr const char* kScope = "guildscope.flight_recorder";

void Add(Attributes& attributes, const char* key, const std::string& value) {
  auto& attribute = *attributes.Add();
  attribute.set_key(key);
  attribute.mutable_value()->set_string_value(value);
}

/// A record as it was given has texts that may be no UTF-8, which a message class does not take: the same without.
std::string Clean(Kind kind, std::string_view body, const Redactor& redactor) {
  static const WireScope no_scope;
  WireItem item(no_scope);
  std::memcpy(item.Reserve(body.size()), body.data(), body.size());
  item.Commit(item.data() + body.size());
  std::string scratch;
  const WireCleaner cleaner(std::shared_ptr<const Redactor>(std::shared_ptr<const Redactor>(), &redactor));
  const auto message = kind == Kind::kLog ? WireMessage::kLogRecord : WireMessage::kSpan;
  return std::string(cleaner.Clean(message, item, scratch));
}

/// What every item says of where it comes from.
void AddOrigin(Attributes& attributes, const Recording& recording) {
  auto& recovered = *attributes.Add();
  recovered.set_key("guildscope.recovered");
  recovered.mutable_value()->set_bool_value(true);
  auto& pid = *attributes.Add();
  pid.set_key("guildscope.recovered.from_pid");
  pid.mutable_value()->set_int_value(recording.pid);
  if (recording.crash) Add(attributes, "guildscope.recovered.signal", ToString(*recording.crash));
}

proto::resource::v1::Resource ResourceOf(const Recording& recording) {
  proto::resource::v1::Resource resource;
  if (!recording.resource.empty() && resource.ParseFromString(recording.resource)) return resource;
  resource.Clear();
  Add(*resource.mutable_attributes(), "service.name", recording.service_name);
  Add(*resource.mutable_attributes(), "service.instance.id", recording.instance_id);
  return resource;
}

// What the three differ in for the two signals.
auto& ResourceItems(SpansRequest& request) { return *request.add_resource_spans(); }
auto& ResourceItems(LogsRequest& request) { return *request.add_resource_logs(); }
auto& AddScope(proto::trace::v1::ResourceSpans& items) { return *items.add_scope_spans(); }
auto& AddScope(proto::logs::v1::ResourceLogs& items) { return *items.add_scope_logs(); }
auto& AddItem(proto::trace::v1::ScopeSpans& items) { return *items.add_spans(); }
auto& AddItem(proto::logs::v1::ScopeLogs& items) { return *items.add_log_records(); }

/// Fills requests one after the other, items in the order in which they come, together by scope.
template <typename ProtoRequest>
class Requests {
 public:
  Requests(const Recording& recording, const Redactor& redactor)
      : recording_(recording), redactor_(redactor), resource_(ResourceOf(recording)) {}

  template <typename Item>
  void Add(Item item, const std::string& scope, const RecordedItem* origin) {
    if (count_ == kItemsOfRequest || bytes_ >= kBytesOfRequest) Close();
    if (count_ == 0) {
      items_ = &ResourceItems(request_);
      *items_->mutable_resource() = resource_;
    }
    auto [place, is_new] = scopes_.try_emplace(scope, nullptr);
    if (is_new) {
      place->second = &AddScope(*items_);
      // A scope is recorded as ScopeSpans and ScopeLogs say it: their first field.
      place->second->ParseFromString(scope);
    }
    AddOrigin(*item.mutable_attributes(), recording_);
    bytes_ += item.ByteSizeLong();
    ++count_;
    AddItem(*place->second) = std::move(item);
    if (origin != nullptr) origins_.push_back(origin);
  }

  [[nodiscard]] std::vector<RecoveredRequest> Take() {
    if (count_ > 0) Close();
    return std::move(done_);
  }

 private:
  using ResourceOfItems = std::remove_reference_t<decltype(ResourceItems(std::declval<ProtoRequest&>()))>;
  using ScopeOfItems = std::remove_reference_t<decltype(AddScope(std::declval<ResourceOfItems&>()))>;

  void Close() {
    RedactTexts(request_, redactor_);
    done_.push_back({{request_.SerializeAsString(), count_}, std::move(origins_)});
    request_.Clear();
    origins_.clear();
    scopes_.clear();
    count_ = 0;
    bytes_ = 0;
  }

  const Recording& recording_;
  const Redactor& redactor_;
  const proto::resource::v1::Resource resource_;
  ProtoRequest request_;
  ResourceOfItems* items_ = nullptr;
  std::map<std::string, ScopeOfItems*> scopes_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
  std::vector<const RecordedItem*> origins_;
  std::vector<RecoveredRequest> done_;
};

std::string EncodedScope(const char* name) {
  proto::logs::v1::ScopeLogs logs;
  logs.mutable_scope()->set_name(name);
  return logs.SerializeAsString();
}

proto::logs::v1::LogRecord LastWord(const Recording& recording) {
  proto::logs::v1::LogRecord record;
  record.set_time_unix_nano(recording.LastUnixNano());
  record.set_observed_time_unix_nano(recording.LastUnixNano());
  record.set_severity_number(proto::logs::v1::SEVERITY_NUMBER_FATAL);
  record.set_severity_text("FATAL");
  const std::string how = recording.crash ? ToString(*recording.crash) : "no signal that it could see; killed, perhaps";
  record.mutable_body()->set_string_value("the process ended without a shutdown: " + how);
  auto& open = *record.add_attributes();
  open.set_key("guildscope.recovered.open_spans");
  open.mutable_value()->set_int_value(static_cast<std::int64_t>(recording.OpenSpans().size()));
  if (recording.crash && !recording.crash->frames.empty()) {
    std::string frames;
    for (const std::string& frame : recording.crash->frames) frames += (frames.empty() ? "" : "\n") + frame;
    Add(*record.mutable_attributes(), "exception.stacktrace", frames);
  }
  return record;
}

template <typename Message>
std::string Redacted(const std::string& body, const Redactor& redactor) {
  Message message;
  if (!message.ParseFromString(body)) throw std::runtime_error("bytes that are no message");
  RedactTexts(message, redactor);
  return message.SerializeAsString();
}

}  // namespace

RecoveredRequests RecoverSpans(const Recording& recording, const Redactor& redactor) {
  RecoveredRequests recovered;
  Requests<SpansRequest> requests(recording, redactor);
  const std::uint64_t last = recording.LastUnixNano();
  const auto add = [&](const RecordedItem& item, bool open) {
    proto::trace::v1::Span span;
    if (!span.ParseFromString(Clean(item.kind, item.body, redactor))) {
      ++recovered.unreadable;
      return;
    }
    if (open) {
      span.set_end_time_unix_nano(std::max(last, span.start_time_unix_nano()));
      span.mutable_status()->set_code(proto::trace::v1::Status::STATUS_CODE_ERROR);
      span.mutable_status()->set_message("the process ended while this span was open");
    }
    requests.Add(std::move(span), item.scope, &item);
  };
  for (const RecordedItem& item : recording.items) {
    if (item.kind != Kind::kSpanEnded) continue;
    if (item.delivered) {
      ++recovered.already_delivered;
    } else {
      add(item, false);
    }
  }
  for (const RecordedItem* item : recording.OpenSpans()) {
    if (!item->delivered) add(*item, true);
  }
  recovered.requests = requests.Take();
  return recovered;
}

RecoveredRequests RecoverLogs(const Recording& recording, const Redactor& redactor) {
  RecoveredRequests recovered;
  Requests<LogsRequest> requests(recording, redactor);
  for (const RecordedItem& item : recording.items) {
    if (item.kind != Kind::kLog) continue;
    proto::logs::v1::LogRecord record;
    if (item.delivered) {
      ++recovered.already_delivered;
    } else if (!record.ParseFromString(Clean(item.kind, item.body, redactor))) {
      ++recovered.unreadable;
    } else {
      requests.Add(std::move(record), item.scope, &item);
    }
  }
  if (!recording.reported) requests.Add(LastWord(recording), EncodedScope(kScope), nullptr);
  recovered.requests = requests.Take();
  return recovered;
}

std::string RedactRecord(Kind kind, std::string_view body, const Redactor& redactor) {
  std::string clean = Clean(kind, body, redactor);
  // Keys and the like are left, which nobody would write a secret into.
  if (!redactor.NeedsRedaction(clean)) return clean;
  return kind == Kind::kLog ? Redacted<proto::logs::v1::LogRecord>(clean, redactor)
                            : Redacted<proto::trace::v1::Span>(clean, redactor);
}

}  // namespace guildscope::exporting
