#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include <memory>
#include <mutex>
#include <string>

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/transport.hpp"

namespace guildscope::exporting {

/// OTLP over gRPC: the encoded request as it is, through gRPC's generic stub.
///
/// Threads: Send from one, Cancel from any.
class GrpcTransport final : public Transport {
 public:
  /// Throws std::invalid_argument for a bad endpoint, std::runtime_error for a file that cannot be read.
  GrpcTransport(Signal signal, config::OtlpOptions options);
  ~GrpcTransport() override;

  Reply Send(const Request& request, std::chrono::steady_clock::time_point deadline) noexcept override;
  void Cancel() noexcept override;
  [[nodiscard]] const std::string& destination() const noexcept override { return destination_; }

 private:
  [[nodiscard]] Reply Judge(const grpc::Status& status, const grpc::ByteBuffer& response) const;

  const Signal signal_;
  const config::OtlpOptions options_;
  const std::string destination_;
  std::unique_ptr<grpc::GenericStub> stub_;
  grpc::CompletionQueue queue_;

  std::mutex mutex_;
  grpc::ClientContext* running_ = nullptr;  // guarded by mutex_
  bool cancelled_ = false;                  // guarded by mutex_
};

}  // namespace guildscope::exporting
