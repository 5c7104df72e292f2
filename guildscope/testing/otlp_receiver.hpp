#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "guildscope/testing/otlp_store.hpp"

namespace guildscope::testing {

enum class OtlpSignal { kTraces, kMetrics, kLogs };

/// How a receiver misbehaves.
struct OtlpFault {
  enum class Kind {
    kNone,
    kStatus,          ///< Answers with `status` and takes nothing.
    kBlackHole,       ///< Reads the request and never answers.
    kGarbage,         ///< Answers 200 with bytes that are no OTLP. Over HTTP alone; gRPC answers UNKNOWN.
    kPartialSuccess,  ///< Takes the request, and says that `rejected` of its items were not taken.
    kSlow,            ///< Takes the request, and answers after `delay`.
  };
  Kind kind = Kind::kNone;
  /// HTTP's. Over gRPC 429 is RESOURCE_EXHAUSTED, 503 UNAVAILABLE, 401 UNAUTHENTICATED, 400 INVALID_ARGUMENT, all else
  /// INTERNAL.
  unsigned status = 500;
  std::optional<std::chrono::seconds> retry_after{};  ///< With kStatus: Retry-After, or gRPC's RetryInfo.
  bool retry_after_as_date = false;                   ///< HTTP's other form of it.
  std::uint64_t rejected = 0;
  std::chrono::milliseconds delay{0};
  /// How many requests it is for; then all is well again. Negative: all of them.
  int requests = -1;
};

struct OtlpReceiverOptions {
  std::string address = "127.0.0.1";
  std::uint16_t grpc_port = 0;  ///< 0: the kernel chooses.
  std::uint16_t http_port = 0;
  std::size_t limit = 200'000;  ///< Spans and log records kept.
  /// PEM. With a certificate and key, gRPC speaks TLS; with authorities too, it insists on a client's certificate.
  std::string certificate{};
  std::string private_key{};
  std::string client_authorities{};
};

/// What arrived at a receiver, whatever it answered.
struct OtlpRequestStats {
  std::uint64_t requests = 0;
  std::uint64_t http_requests = 0;
  std::uint64_t gzip_requests = 0;  ///< Over HTTP; gRPC does not tell its services.
  std::string last_user_agent;
  std::map<std::string, std::string> last_headers;  ///< HTTP headers or gRPC metadata, names in lower case.
};

/// A receiver of OpenTelemetry's three signals over gRPC and HTTP/protobuf, built on the official message classes and
/// stubs, that keeps what it gets in memory: for tests, and for looking at what a program sends.
///
/// Threads: any. Lifetime: the destructor stops the servers, also while they misbehave.
class OtlpReceiver {
 public:
  /// Listens at once. Throws std::runtime_error when a port is taken.
  explicit OtlpReceiver(OtlpReceiverOptions options = {});
  ~OtlpReceiver();
  OtlpReceiver(const OtlpReceiver&) = delete;
  OtlpReceiver& operator=(const OtlpReceiver&) = delete;

  [[nodiscard]] std::uint16_t grpc_port() const noexcept;
  [[nodiscard]] std::uint16_t http_port() const noexcept;
  /// `http://127.0.0.1:4317` (`https` with a certificate).
  [[nodiscard]] std::string grpc_endpoint() const;
  /// `http://127.0.0.1:4318/v1/traces` and the like.
  [[nodiscard]] std::string http_endpoint(OtlpSignal signal) const;

  [[nodiscard]] OtlpStore& store() noexcept;
  [[nodiscard]] OtlpRequestStats stats(OtlpSignal signal) const;

  /// From now on. Requests that a black hole holds are let go with an error.
  void SetFault(OtlpFault fault);

  /// Connections are refused until Start, which listens on the same ports again.
  void Stop();
  void Start();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope::testing
