#include "guildscope/testing/otlp_receiver.hpp"

#include <google/protobuf/any.pb.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.grpc.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.grpc.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.grpc.pb.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <ctime>
#include <mutex>
#include <stdexcept>

#include "guildscope/http/server.hpp"
#include "guildscope/testing/otlp_faults.hpp"

namespace guildscope::testing {
namespace {

namespace collector = opentelemetry::proto::collector;
using Kind = OtlpFault::Kind;

/// The official classes of one signal.
struct Traces {
  using Service = collector::trace::v1::TraceService;
  using Request = collector::trace::v1::ExportTraceServiceRequest;
  using Response = collector::trace::v1::ExportTraceServiceResponse;
  static constexpr OtlpSignal kSignal = OtlpSignal::kTraces;
  static void Reject(Response& response, std::uint64_t items) {
    response.mutable_partial_success()->set_rejected_spans(static_cast<std::int64_t>(items));
    response.mutable_partial_success()->set_error_message("some were not to the receiver's liking");
  }
};
struct Metrics {
  using Service = collector::metrics::v1::MetricsService;
  using Request = collector::metrics::v1::ExportMetricsServiceRequest;
  using Response = collector::metrics::v1::ExportMetricsServiceResponse;
  static constexpr OtlpSignal kSignal = OtlpSignal::kMetrics;
  static void Reject(Response& response, std::uint64_t items) {
    response.mutable_partial_success()->set_rejected_data_points(static_cast<std::int64_t>(items));
    response.mutable_partial_success()->set_error_message("some were not to the receiver's liking");
  }
};
struct Logs {
  using Service = collector::logs::v1::LogsService;
  using Request = collector::logs::v1::ExportLogsServiceRequest;
  using Response = collector::logs::v1::ExportLogsServiceResponse;
  static constexpr OtlpSignal kSignal = OtlpSignal::kLogs;
  static void Reject(Response& response, std::uint64_t items) {
    response.mutable_partial_success()->set_rejected_log_records(static_cast<std::int64_t>(items));
    response.mutable_partial_success()->set_error_message("some were not to the receiver's liking");
  }
};

/// Answers what is not to be repeated, unlike UNAVAILABLE, which a server that goes away sends.
grpc::StatusCode ToGrpc(unsigned status) {
  switch (status) {
    case 400:
      return grpc::StatusCode::INVALID_ARGUMENT;
    case 401:
      return grpc::StatusCode::UNAUTHENTICATED;
    case 429:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case 503:
      return grpc::StatusCode::UNAVAILABLE;
    default:
      return grpc::StatusCode::INTERNAL;
  }
}

/// A google.rpc.Status with a google.rpc.RetryInfo in its details (field 3), whose retry_delay is field 1.
std::string RetryInfoStatus(std::chrono::seconds delay) {
  const auto field = [](std::uint32_t number, const std::string& bytes) {
    std::string message;
    google::protobuf::io::StringOutputStream stream(&message);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.WriteTag(number << 3 | 2);
    out.WriteVarint32(static_cast<std::uint32_t>(bytes.size()));
    out.WriteString(bytes);
    out.Trim();
    return message;
  };
  google::protobuf::Duration duration;
  duration.set_seconds(delay.count());
  google::protobuf::Any any;
  any.set_type_url("type.googleapis.com/google.rpc.RetryInfo");
  any.set_value(field(1, duration.SerializeAsString()));
  return field(3, any.SerializeAsString());
}

/// RFC 9110, section 10.2.3: seconds, or an IMF-fixdate.
std::string RetryAfter(const OtlpFault& fault) {
  if (!fault.retry_after_as_date) return std::to_string(fault.retry_after->count());
  const std::time_t then = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + *fault.retry_after);
  std::tm parts{};
  gmtime_r(&then, &parts);
  std::array<char, 64> text{};
  (void)std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return text.data();
}

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

}  // namespace

struct OtlpReceiver::Impl {
  template <typename Signal>
  class GrpcService final : public Signal::Service::Service {
   public:
    explicit GrpcService(Impl& impl) : impl_(impl) {}
    grpc::Status Export(grpc::ServerContext* context, const typename Signal::Request* request,
                        typename Signal::Response* response) override {
      return impl_.OnGrpc<Signal>(*context, *request, *response);
    }

   private:
    Impl& impl_;
  };

  explicit Impl(OtlpReceiverOptions given) : options(std::move(given)), store(options.limit) { Start(); }
  ~Impl() { Stop(); }

  void Start();
  void StartHttp();
  void Stop();

  template <typename Signal>
  grpc::Status OnGrpc(grpc::ServerContext& context, const typename Signal::Request& request,
                      typename Signal::Response& response);
  template <typename Signal>
  http::Response OnHttp(const http::Request& request);
  template <typename Change>
  void Count(OtlpSignal signal, Change change) {
    const std::lock_guard lock(mutex);
    OtlpRequestStats& counted = stats[static_cast<std::size_t>(signal)];
    ++counted.requests;
    counted.last_headers.clear();
    change(counted);
    counted.last_user_agent = counted.last_headers["user-agent"];
  }

  OtlpReceiverOptions options;  // the ports are filled in by the first Start
  OtlpStore store;
  OtlpFaults faults;
  GrpcService<Traces> traces{*this};
  GrpcService<Metrics> metrics{*this};
  GrpcService<Logs> logs{*this};
  mutable std::mutex mutex;
  std::array<OtlpRequestStats, 3> stats;  // guarded by mutex
  std::unique_ptr<grpc::Server> grpc_server;
  std::unique_ptr<http::Server> http_server;
};

template <typename Signal>
grpc::Status OtlpReceiver::Impl::OnGrpc(grpc::ServerContext& context, const typename Signal::Request& request,
                                        typename Signal::Response& response) {
  Count(Signal::kSignal, [&](OtlpRequestStats& counted) {
    for (const auto& [name, value] : context.client_metadata()) {
      counted.last_headers[std::string(name.data(), name.size())] = std::string(value.data(), value.size());
    }
  });
  const OtlpFault fault = faults.Take();
  switch (fault.kind) {
    case Kind::kStatus:
      return {ToGrpc(fault.status), "the receiver was told to say so",
              fault.retry_after ? RetryInfoStatus(*fault.retry_after) : ""};
    case Kind::kGarbage:
      return {grpc::StatusCode::UNKNOWN, "\x01\x02 garbage"};
    case Kind::kBlackHole:
    case Kind::kSlow:
      if (!faults.Hold(fault, [&context] { return context.IsCancelled(); })) {
        return {grpc::StatusCode::CANCELLED, "let go"};
      }
      break;
    case Kind::kPartialSuccess:
      Signal::Reject(response, fault.rejected);
      break;
    case Kind::kNone:
      break;
  }
  store.Add(request);
  return grpc::Status::OK;
}

template <typename Signal>
http::Response OtlpReceiver::Impl::OnHttp(const http::Request& request) {
  Count(Signal::kSignal, [&](OtlpRequestStats& counted) {
    ++counted.http_requests;
    if (request.Header("content-encoding") == "gzip") ++counted.gzip_requests;
    for (const auto& [name, value] : request.headers) counted.last_headers[LowerCase(name)] = value;
  });
  http::Response answer;
  answer.content_type = "application/x-protobuf";
  if (request.Header("content-type") != "application/x-protobuf") return http::ErrorResponse(415, "not protobuf");
  typename Signal::Request message;
  if (!message.ParseFromString(request.body)) return http::ErrorResponse(400, "not an OTLP request");

  typename Signal::Response response;
  const OtlpFault fault = faults.Take();
  switch (fault.kind) {
    case Kind::kStatus:
      answer.status = fault.status;
      if (fault.retry_after) answer.headers.emplace_back("Retry-After", RetryAfter(fault));
      return answer;
    case Kind::kGarbage:
      answer.body = "<html>\xff\xfe this is no OTLP response</html>";
      return answer;
    case Kind::kBlackHole:
    case Kind::kSlow:
      if (!faults.Hold(fault, [&request] { return request.stop.stop_requested(); })) {
        answer.status = 400;
        return answer;
      }
      break;
    case Kind::kPartialSuccess:
      Signal::Reject(response, fault.rejected);
      break;
    case Kind::kNone:
      break;
  }
  store.Add(message);
  answer.body = response.SerializeAsString();
  return answer;
}

void OtlpReceiver::Impl::StartHttp() {
  http::ServerOptions server_options;
  server_options.address = options.address;
  server_options.port = options.http_port;
  server_options.threads = 8;  // requests that a fault holds each take one
  server_options.max_body_bytes = 64 * 1024 * 1024;
  http_server = std::make_unique<http::Server>(server_options);
  http_server->Handle("POST", "/v1/traces", [this](const auto& request) { return OnHttp<Traces>(request); });
  http_server->Handle("POST", "/v1/metrics", [this](const auto& request) { return OnHttp<Metrics>(request); });
  http_server->Handle("POST", "/v1/logs", [this](const auto& request) { return OnHttp<Logs>(request); });
  http_server->Start();
  options.http_port = http_server->port();
}

void OtlpReceiver::Impl::Start() {
  if (grpc_server) return;
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (!options.certificate.empty()) {
    grpc::SslServerCredentialsOptions ssl(options.client_authorities.empty()
                                              ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                              : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    ssl.pem_root_certs = options.client_authorities;
    ssl.pem_key_cert_pairs.push_back({options.private_key, options.certificate});
    credentials = grpc::SslServerCredentials(ssl);
  }
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.address + ":" + std::to_string(options.grpc_port), credentials, &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(64 * 1024 * 1024);
  builder.SetDefaultCompressionAlgorithm(GRPC_COMPRESS_GZIP);
  builder.RegisterService(&traces);
  builder.RegisterService(&metrics);
  builder.RegisterService(&logs);
  grpc_server = builder.BuildAndStart();
  if (!grpc_server || port == 0) {
    throw std::runtime_error("cannot listen on " + options.address + ":" + std::to_string(options.grpc_port));
  }
  options.grpc_port = static_cast<std::uint16_t>(port);
  StartHttp();
}

void OtlpReceiver::Impl::Stop() {
  if (!grpc_server) return;
  faults.Set({});  // lets go of what a fault holds
  grpc_server->Shutdown(std::chrono::system_clock::now());
  grpc_server.reset();
  http_server.reset();
}

OtlpReceiver::OtlpReceiver(OtlpReceiverOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
OtlpReceiver::~OtlpReceiver() = default;

std::uint16_t OtlpReceiver::grpc_port() const noexcept { return impl_->options.grpc_port; }
std::uint16_t OtlpReceiver::http_port() const noexcept { return impl_->options.http_port; }

std::string OtlpReceiver::grpc_endpoint() const {
  return (impl_->options.certificate.empty() ? "http://" : "https://") + impl_->options.address + ":" +
         std::to_string(grpc_port());
}

std::string OtlpReceiver::http_endpoint(OtlpSignal signal) const {
  constexpr std::array<const char*, 3> kPaths{"/v1/traces", "/v1/metrics", "/v1/logs"};
  return "http://" + impl_->options.address + ":" + std::to_string(http_port()) +
         kPaths[static_cast<std::size_t>(signal)];
}

OtlpStore& OtlpReceiver::store() noexcept { return impl_->store; }

OtlpRequestStats OtlpReceiver::stats(OtlpSignal signal) const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->stats[static_cast<std::size_t>(signal)];
}

void OtlpReceiver::SetFault(OtlpFault fault) { impl_->faults.Set(fault); }
void OtlpReceiver::Stop() { impl_->Stop(); }
void OtlpReceiver::Start() { impl_->Start(); }

}  // namespace guildscope::testing
