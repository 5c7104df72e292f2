#include "guildscope/export/grpc_transport.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <exception>

#include "guildscope/export/endpoint.hpp"
#include "guildscope/export/files.hpp"
#include "guildscope/export/response.hpp"
#include "guildscope/export/user_agent.hpp"

namespace guildscope::exporting {
namespace {

const char* Method(Signal signal) noexcept {
  switch (signal) {
    case Signal::kTraces:
      return "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    case Signal::kMetrics:
      return "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    case Signal::kLogs:
      return "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
  }
  return "";
}

std::shared_ptr<grpc::ChannelCredentials> Credentials(const config::OtlpOptions& options, bool tls) {
  if (!tls) return grpc::InsecureChannelCredentials();
  const auto read = [](const std::string& path) { return path.empty() ? std::string() : ReadFile(path); };
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = read(options.certificate_file);
  ssl.pem_private_key = read(options.client_key_file);
  ssl.pem_cert_chain = read(options.client_certificate_file);
  return grpc::SslCredentials(ssl);
}

grpc::ChannelArguments Arguments(std::chrono::milliseconds timeout) {
  grpc::ChannelArguments arguments;
  arguments.SetUserAgentPrefix(UserAgent());
  // gRPC's default is to try a collector that was away again only every two minutes; the retries are ours to pace.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  // In spite of its name this is how long setting up a connection may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
                   static_cast<int>(std::clamp<std::int64_t>(timeout.count(), 1, 60'000)));
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  return arguments;
}

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

std::string Flatten(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

/// OTLP 1.5, "OTLP/gRPC Response", "Failures": the codes that may be retried.
bool MayBeRetried(grpc::StatusCode code, bool has_retry_info) noexcept {
  switch (code) {
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::OUT_OF_RANGE:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DATA_LOSS:
      return true;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return has_retry_info;
    default:
      return false;
  }
}

/// The collector may have it, although we do not know. gRPC tells in words alone that there was no connection.
bool MayHaveArrived(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return true;
    case grpc::StatusCode::UNAVAILABLE:
      return status.error_message().find("failed to connect") == std::string::npos;
    default:
      return false;
  }
}

Reply Answer(Reply::Outcome outcome, std::string detail) {
  return {.outcome = outcome, .rejected = 0, .detail = std::move(detail), .retry_after = {}};
}

}  // namespace

GrpcTransport::GrpcTransport(Signal signal, config::OtlpOptions options)
    : signal_(signal), options_(std::move(options)), destination_(WithoutCredentials(options_.endpoint)) {
  const GrpcEndpoint endpoint = ParseGrpcEndpoint(options_.endpoint, options_.insecure);
  stub_ = std::make_unique<grpc::GenericStub>(
      grpc::CreateCustomChannel(endpoint.target, Credentials(options_, endpoint.tls), Arguments(options_.timeout)));
}

GrpcTransport::~GrpcTransport() {
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

Reply GrpcTransport::Send(const Request& request, std::chrono::steady_clock::time_point deadline) noexcept try {
  grpc::ClientContext context;
  const auto remaining = deadline - std::chrono::steady_clock::now();
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::duration_cast<std::chrono::system_clock::duration>(remaining));
  if (options_.gzip) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  for (const auto& [name, value] : options_.headers) context.AddMetadata(LowerCase(name), value);

  // A copy: what a call that was cancelled has not written yet stays in gRPC's buffers.
  const grpc::Slice slice(request.bytes.data(), request.bytes.size());
  const grpc::ByteBuffer message(&slice, 1);
  grpc::ByteBuffer response;
  grpc::Status status;
  {
    const std::lock_guard lock(mutex_);
    if (cancelled_) return Answer(Reply::Outcome::kCancelled, "the process ends");
    running_ = &context;
  }
  // Prepared only when it will be started: gRPC never frees what a prepared call holds. A context that is cancelled
  // before its call begins cancels it then.
  auto call = stub_->PrepareUnaryCall(&context, Method(signal_), message, &queue_);
  call->StartCall();
  call->Finish(&response, &status, &context);
  void* tag = nullptr;
  bool ok = false;
  queue_.Next(&tag, &ok);
  {
    const std::lock_guard lock(mutex_);
    running_ = nullptr;
    if (cancelled_ && !status.ok()) {
      Reply reply = Answer(Reply::Outcome::kCancelled, "the process ends");
      reply.may_have_arrived = MayHaveArrived(status);
      return reply;
    }
  }
  return Judge(status, response);
} catch (const std::exception& exception) {
  return Answer(Reply::Outcome::kRefused, exception.what());
}

Reply GrpcTransport::Judge(const grpc::Status& status, const grpc::ByteBuffer& response) const {
  if (status.ok()) {
    const auto parsed = ParseResponse(signal_, Flatten(response));
    if (!parsed) return Answer(Reply::Outcome::kRefused, "status OK, but no OTLP response");
    Reply reply = Answer(Reply::Outcome::kAccepted, Excerpt(parsed->message));
    reply.rejected = parsed->rejected;
    return reply;
  }
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    Reply reply = Answer(Reply::Outcome::kTimeout, "no answer in time");
    reply.may_have_arrived = true;
    return reply;
  }
  const auto retry_after = ParseRetryInfo(status.error_details());
  Reply reply = Answer(
      MayBeRetried(status.error_code(), retry_after.has_value()) ? Reply::Outcome::kRetry : Reply::Outcome::kRefused,
      Excerpt(status.error_message().empty() ? "status " + std::to_string(status.error_code())
                                             : status.error_message()));
  reply.retry_after = retry_after;
  reply.may_have_arrived = MayHaveArrived(status);
  return reply;
}

void GrpcTransport::Cancel() noexcept {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  if (running_ != nullptr) running_->TryCancel();
}

}  // namespace guildscope::exporting
