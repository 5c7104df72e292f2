#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "guildscope/base/clock.hpp"
#include "guildscope/base/redactor.hpp"
#include "guildscope/instrumentation/curl/message.hpp"
#include "guildscope/instrumentation/curl/options.hpp"
#include "guildscope/instrumentation/curl/transfer.hpp"
#include "guildscope/instrumentation/curl/url.hpp"
#include "guildscope/logging/logger.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/retry/retries.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace guildscope::curl {

/// What every call of a client works with. Lifetime: outlives them.
struct CallParts {
  const HttpClientOptions options;
  const Redactor& redactor;
  const tracing::Tracer& tracer;
  const Clock& clock;
  const logging::Logger logger;
  const retry::Retries retries;
  const metrics::HistogramFamily<5> duration;
  const metrics::UpDownCounterFamily<3> active;
};

/// One request of a user from its start to its result: attempts, each with its redirects, and the waits between them;
/// and what telemetry says about all of that. It does no input or output: whoever drives it hands its transfers to
/// libcurl.
///
/// Spans: the call is a CLIENT span, which is the first attempt's too; each retry is a `retry …` span
/// (retry::Operation) with a CLIENT span of its own inside.
///
/// Threads: made on the caller's; the rest on one.
class Call {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Done = std::function<void(HttpResult&&)>;

  enum class Next {
    kTransfer,  ///< Hand `transfer` to libcurl, until `due` at most; then OnDone or OnDue.
    kWait,      ///< OnDue at `due`.
    kEnded,     ///< Deliver.
  };

  /// `done` is called by Deliver, in the context that is current now.
  Call(const CallParts& parts, HttpRequest request, Done done);

  /// Why it cannot begin; empty when it can.
  [[nodiscard]] std::string problem() const;
  /// `host:port`.
  [[nodiscard]] std::string place() const;

  Next Begin();
  /// The transfer has been taken out of libcurl.
  Next OnDone(CURLcode code);
  /// Its time has come: an attempt ends, or another one begins.
  Next OnDue();
  /// It ends here, without another attempt.
  Next End(HttpError error, std::string message);
  /// Once, at the end.
  void Deliver();

  [[nodiscard]] Transfer* transfer() const noexcept { return transfer_.get(); }
  [[nodiscard]] TimePoint due() const noexcept { return due_; }

 private:
  Next StartTransfer();
  [[nodiscard]] Exchange MakeExchange() const;
  /// Whether the response was a redirect that is followed; says in `outcome` when it may not be.
  bool Follow(const HttpResponse& response, Outcome& outcome);
  Next EndAttempt(Outcome outcome, HttpResponse response, bool may_be_retried);
  [[nodiscard]] bool MayBeRetried(const Outcome& outcome, int status) const noexcept;
  void Record(const Outcome& outcome, const HttpResponse& response);
  void Describe(tracing::Span& span, const Outcome& outcome, const HttpResponse& response) const;
  void Finish(Outcome outcome, HttpResponse response);
  [[nodiscard]] tracing::Span& attempt_span() noexcept { return retries_ == 0 ? span_ : attempt_span_; }

  const CallParts& parts_;
  const HttpRequest request_;
  const Done done_;
  const HttpLimits limits_;
  const std::optional<Url> url_;
  const tracing::Context caller_;
  const std::string span_name_;
  tracing::SpanOptions span_options_;
  tracing::Span span_;
  std::optional<retry::Operation> operation_;
  TimePoint total_deadline_;

  // Of the attempt that runs.
  tracing::Span attempt_span_;
  TimePoint attempt_start_{};
  std::optional<Url> current_url_;
  std::string method_;
  std::string body_;
  Headers headers_;
  int redirects_ = 0;
  bool new_connection_ = false;  // for the one before hung
  std::unique_ptr<Transfer> transfer_;
  std::string peer_address_;
  std::int64_t bytes_received_ = 0;

  TimePoint due_{};
  int retries_ = 0;
  int resends_ = 0;  // retries and redirects
  HttpResult result_;
};

}  // namespace guildscope::curl
