#include "guildscope/instrumentation/curl/call.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "guildscope/export/response.hpp"
#include "guildscope/metrics/exemplar.hpp"
#include "guildscope/tracing/propagation.hpp"

namespace guildscope::curl {
namespace {

using std::chrono::milliseconds;

bool IsKnown(std::string_view method) noexcept { return IsIdempotent(method) || method == "POST" || method == "PATCH"; }

/// Methods are a label: what nobody knows is `_OTHER`, as OpenTelemetry's semantic conventions have it.
std::string_view MethodLabel(std::string_view method) noexcept { return IsKnown(method) ? method : "_OTHER"; }

std::string SpanName(const HttpRequest& request, const std::optional<Url>& url) {
  std::string name = IsKnown(request.method) ? request.method : "HTTP";
  if (!request.url_template.empty()) return name + " " + request.url_template;
  return url ? name + " " + url->host : name;
}

tracing::SpanOptions MakeSpanOptions(const HttpRequest& request, const std::optional<Url>& url,
                                     const Redactor& redactor) {
  tracing::SpanOptions options{.kind = tracing::SpanKind::kClient};
  auto& attributes = options.attributes;
  attributes.emplace_back("http.request.method", MethodLabel(request.method));
  if (!IsKnown(request.method))
    attributes.emplace_back("http.request.method_original", redactor.Redact(request.method));
  if (!request.url_template.empty()) attributes.emplace_back("url.template", request.url_template);
  if (!request.body.empty()) attributes.emplace_back("http.request.body.size", request.body.size());
  if (!url) return options;
  attributes.emplace_back("url.full", PublicUrl(url->text, redactor));
  attributes.emplace_back("url.scheme", url->scheme);
  attributes.emplace_back("server.address", url->host);
  attributes.emplace_back("server.port", url->port);
  return options;
}

/// The method after a redirect (RFC 9110, section 15.4).
std::string RedirectedMethod(int status, const std::string& method) {
  if (status == 303 && method != "HEAD") return "GET";
  if ((status == 301 || status == 302) && method == "POST") return "GET";
  return method;
}

bool IsRedirect(int status) noexcept {
  constexpr std::array<int, 5> kStatuses{301, 302, 303, 307, 308};
  return std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end();
}

/// What another host may know: any other header may be a secret that was meant for the first.
bool MayGoElsewhere(std::string_view header) noexcept {
  constexpr std::array<std::string_view, 5> kHeaders{"accept", "accept-language", "content-type", "range",
                                                     "user-agent"};
  return std::any_of(kHeaders.begin(), kHeaders.end(), [&](auto known) { return SameHeader(header, known); });
}

bool IsBelow(std::string_view host, std::string_view domain) noexcept {
  return host == domain ||
         (host.size() > domain.size() && host.ends_with(domain) && host[host.size() - domain.size() - 1] == '.');
}

/// The policy, within the time of the whole call.
retry::Policy Within(retry::Policy policy, milliseconds total) {
  policy.total_time = std::min(policy.total_time, total);
  return policy;
}

std::string Milliseconds(milliseconds duration) { return std::to_string(duration.count()) + " ms"; }

}  // namespace

Call::Call(const CallParts& parts, HttpRequest request, Done done)
    : parts_(parts),
      request_(std::move(request)),
      done_(std::move(done)),
      limits_(request_.limits.value_or(parts.options.limits)),
      url_(ParseUrl(request_.url)),
      caller_(tracing::Context::Current()),
      span_name_(SpanName(request_, url_)),
      span_options_(MakeSpanOptions(request_, url_, parts.redactor)),
      span_(parts.tracer.Start(span_name_, span_options_)),
      total_deadline_(parts.clock.SteadyNow() + limits_.total_timeout) {
  if (!problem().empty()) return;
  const retry::Policy policy = request_.retries.value_or(parts.options.retries);
  operation_.emplace(parts.retries, span_name_, Within(policy, limits_.total_timeout), span_.context());
}

std::string Call::problem() const {
  if (!url_) return "the URL is none; accepted: http://… and https://…";
  return FindProblem(request_);
}

std::string Call::place() const { return url_ ? url_->host + ":" + std::to_string(url_->port) : ""; }

Call::Next Call::Begin() {
  operation_->Begin();
  retries_ = operation_->retries();
  if (retries_ > 0) {
    ++resends_;
    tracing::SpanOptions options = span_options_;
    options.parent = operation_->context();
    attempt_span_ = parts_.tracer.Start(span_name_, options);
  }
  attempt_start_ = parts_.clock.SteadyNow();
  due_ = std::min(attempt_start_ + limits_.attempt_timeout, total_deadline_);
  current_url_ = url_;
  method_ = request_.method;
  body_ = request_.body;
  headers_ = request_.headers;
  redirects_ = 0;
  peer_address_.clear();
  bytes_received_ = 0;
  parts_.active.Add(1, {MethodLabel(request_.method), url_->host, std::to_string(url_->port)});
  return StartTransfer();
}

Call::Next Call::StartTransfer() {
  transfer_ = std::make_unique<Transfer>(MakeExchange(), limits_, parts_.options);
  return Next::kTransfer;
}

Exchange Call::MakeExchange() const {
  Exchange exchange{.method = method_,
                    .url = current_url_->text,
                    .headers = headers_,
                    .body = body_,
                    .new_connection = new_connection_};
  const auto& untrusted = parts_.options.no_propagation;
  if (std::any_of(untrusted.begin(), untrusted.end(),
                  [&](const std::string& domain) { return IsBelow(current_url_->host, domain); })) {
    return exchange;
  }
  const tracing::ContextScope scope(retries_ == 0 ? span_.context() : attempt_span_.context());
  tracing::InjectCurrent([&](std::string_view name, std::string_view value) {
    const auto same = [&](const auto& header) { return SameHeader(header.first, name); };
    if (std::any_of(headers_.begin(), headers_.end(), same)) return;  // the caller knows better
    exchange.headers.emplace_back(name, value);
  });
  return exchange;
}

Call::Next Call::OnDone(CURLcode code) {
  Outcome outcome = transfer_->Judge(code);
  outcome.message = parts_.redactor.Redact(outcome.message);
  HttpResponse response = transfer_->TakeResponse();
  response.redirects = redirects_;
  peer_address_ = transfer_->PeerAddress();
  bytes_received_ = transfer_->BytesReceived();
  transfer_.reset();
  if (outcome.error == HttpError::kNone && Follow(response, outcome)) return StartTransfer();
  return EndAttempt(std::move(outcome), std::move(response), true);
}

bool Call::Follow(const HttpResponse& response, Outcome& outcome) {
  const std::string location(response.Header("location"));
  if (!IsRedirect(response.status) || location.empty() || limits_.max_redirects == 0) return false;
  if (redirects_ >= limits_.max_redirects) {
    outcome = {HttpError::kTooManyRedirects, "more than " + std::to_string(limits_.max_redirects) + " redirects"};
    return false;
  }
  const auto target = Resolve(*current_url_, location);
  if (!target) {
    outcome = {HttpError::kRedirectRefused, "a redirect to what is no http or https URL"};
    return false;
  }
  if (current_url_->scheme == "https" && target->scheme == "http") {
    outcome = {HttpError::kRedirectRefused, "a redirect from https to http"};
    return false;
  }
  const std::string method = RedirectedMethod(response.status, method_);
  if (method != method_) {
    body_.clear();
    std::erase_if(headers_, [](const auto& header) { return SameHeader(header.first, "content-type"); });
    method_ = method;
  }
  if (!target->SameOrigin(*current_url_)) {
    std::erase_if(headers_, [](const auto& header) { return !MayGoElsewhere(header.first); });
  }
  attempt_span().AddEvent("redirect", {{"http.response.status_code", response.status},
                                       {"url.full", PublicUrl(target->text, parts_.redactor)}});
  current_url_ = target;
  ++redirects_;
  ++resends_;
  return true;
}

Call::Next Call::OnDue() {
  if (!transfer_) return Begin();
  HttpResponse response = transfer_->TakeResponse();
  response.redirects = redirects_;
  peer_address_ = transfer_->PeerAddress();
  transfer_.reset();
  const bool is_total = due_ == total_deadline_;
  const milliseconds limit = is_total ? limits_.total_timeout : limits_.attempt_timeout;
  return EndAttempt({HttpError::kTimeout, "no whole response within " + Milliseconds(limit)}, std::move(response),
                    true);
}

Call::Next Call::End(HttpError error, std::string message) {
  if (transfer_) {
    HttpResponse response = transfer_->TakeResponse();
    transfer_.reset();
    return EndAttempt({error, std::move(message)}, std::move(response), false);
  }
  Finish({error, std::move(message)}, {});
  return Next::kEnded;
}

Call::Next Call::EndAttempt(Outcome outcome, HttpResponse response, bool may_be_retried) {
  Record(outcome, response);
  if (retries_ > 0) {
    attempt_span_.SetAttribute({"http.request.resend_count", resends_});
    Describe(attempt_span_, outcome, response);
    attempt_span_.End();
  }
  if (outcome.error == HttpError::kNone && response.status < 400) {
    operation_->Succeed();
  } else {
    retry::Failure failure;
    failure.reason = outcome.error == HttpError::kNone ? "status " + std::to_string(response.status)
                                                       : std::string(ToString(outcome.error));
    failure.may_be_retried = may_be_retried && MayBeRetried(outcome, response.status);
    failure.asked_wait = exporting::ParseRetryAfter(response.Header("retry-after"), parts_.clock.Now());
    if (const auto wait = operation_->Fail(failure)) {
      due_ = parts_.clock.SteadyNow() + *wait;
      new_connection_ = outcome.error == HttpError::kTimeout;
      return Next::kWait;
    }
  }
  Finish(std::move(outcome), std::move(response));
  return Next::kEnded;
}

bool Call::MayBeRetried(const Outcome& outcome, int status) const noexcept {
  const bool idempotent = request_.idempotent.value_or(IsIdempotent(request_.method));
  constexpr std::array<int, 6> kStatuses{408, 425, 429, 502, 503, 504};
  switch (outcome.error) {
    case HttpError::kNone:
      return idempotent && std::find(kStatuses.begin(), kStatuses.end(), status) != kStatuses.end();
    case HttpError::kResolve:
    case HttpError::kConnect:
    case HttpError::kTls:
      return idempotent || redirects_ == 0;  // then nothing was sent
    case HttpError::kTimeout:
    case HttpError::kConnectionLost:
      return idempotent;
    default:
      return false;
  }
}

void Call::Record(const Outcome& outcome, const HttpResponse& response) {
  const std::string_view method = MethodLabel(request_.method);
  const std::string port = std::to_string(url_->port);
  const std::string status = response.status == 0 ? "" : std::to_string(response.status);
  std::string error(ToString(outcome.error));
  if (error.empty() && response.status >= 400) error = status;
  const std::chrono::duration<double> took = parts_.clock.SteadyNow() - attempt_start_;
  const metrics::SpanScope of_the_attempt(attempt_span().span_context());
  parts_.duration.Record(took.count(), {method, url_->host, port, status, error});
  parts_.active.Add(-1, {method, url_->host, port});
}

void Call::Describe(tracing::Span& span, const Outcome& outcome, const HttpResponse& response) const {
  if (response.status != 0) {
    span.SetAttribute({"http.response.status_code", response.status});
    span.SetAttribute({"http.response.body.size", bytes_received_});
  }
  if (!response.protocol.empty()) span.SetAttribute({"network.protocol.version", response.protocol});
  if (!peer_address_.empty()) span.SetAttribute({"network.peer.address", peer_address_});
  if (outcome.error != HttpError::kNone) {
    span.SetError(ToString(outcome.error), outcome.message);
  } else if (response.status >= 400) {
    span.SetError(std::to_string(response.status), "");
  }
}

void Call::Finish(Outcome outcome, HttpResponse response) {
  span_.SetAttribute({"retry_count", retries_});
  if (resends_ > 0) span_.SetAttribute({"http.request.resend_count", resends_});
  Describe(span_, outcome, response);
  span_.End();
  result_ = {.error = outcome.error,
             .message = std::move(outcome.message),
             .response = std::move(response),
             .retries = retries_};
}

void Call::Deliver() {
  const tracing::ContextScope scope(caller_);
  try {
    if (done_) done_(std::move(result_));
  } catch (const std::exception& error) {
    parts_.logger.Error("a callback of {} threw: {}", span_name_, error.what());
  } catch (...) {
    parts_.logger.Error("a callback of {} threw", span_name_);
  }
}

}  // namespace guildscope::curl
