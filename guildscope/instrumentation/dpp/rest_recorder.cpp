#include "guildscope/instrumentation/dpp/rest_recorder.hpp"

#include <algorithm>
#include <cstdint>

#include "guildscope/base/discord_routes.hpp"
#include "guildscope/instrumentation/dpp/request_target.hpp"
#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::dpp {
namespace {

namespace catalogue = metrics::catalogue;
using ::dpp::http_request;
using ::dpp::http_request_completion_t;

std::string_view MethodName(::dpp::http_method method) noexcept {
  constexpr std::array<std::string_view, 5> kNames{"GET", "POST", "PUT", "PATCH", "DELETE"};
  return kNames.at(std::min<std::size_t>(method, kNames.size() - 1));
}

/// `error.type` of a request that got no answer, after D++'s names.
std::string_view ErrorName(::dpp::http_error error) noexcept {
  constexpr std::array<std::string_view, 13> kNames{"none",
                                                    "unknown",
                                                    "connection",
                                                    "bind_ip_address",
                                                    "read",
                                                    "write",
                                                    "redirect_count",
                                                    "canceled",
                                                    "ssl_connection",
                                                    "ssl_loading_certs",
                                                    "ssl_server_verification",
                                                    "multipart_boundary",
                                                    "compression"};
  return error < kNames.size() ? kNames[error] : kNames[1];
}

std::string_view Header(const http_request_completion_t& completion, const std::string& name) {
  const auto header = completion.headers.find(name);
  return header == completion.headers.end() ? std::string_view() : std::string_view(header->second);
}

/// Whose limit it was. Discord says so in a header; Cloudflare's 429s, which have none, concern the whole address.
std::string_view RateLimitScope(const http_request_completion_t& completion) {
  const std::string_view scope = Header(completion, "x-ratelimit-scope");
  if (scope == "user" || scope == "global" || scope == "shared") return scope;
  return completion.ratelimit_global || completion.ratelimit_bucket.empty() ? "global" : "user";
}

bool Failed(const http_request_completion_t& completion) noexcept {
  return completion.error != ::dpp::h_success || completion.status == 0;
}

void Describe(tracing::Span& span, const http_request_completion_t& completion) {
  if (completion.status != 0) span.SetAttribute({"http.response.status_code", completion.status});
  if (!completion.ratelimit_bucket.empty()) {
    span.SetAttribute({"discord.bucket", completion.ratelimit_bucket});
    span.SetAttribute({"discord.rate_limit.remaining", completion.ratelimit_remaining});
  }
  if (Failed(completion)) {
    span.SetError(ErrorName(completion.error == ::dpp::h_success ? ::dpp::h_unknown : completion.error), "no answer");
  } else if (completion.status >= 400) {
    span.SetError(std::to_string(completion.status), "");
  }
}

}  // namespace

RestRecorder::RestRecorder(const Sinks& sinks)
    : sinks_(sinks),
      requests_(sinks.metrics.Get(catalogue::kDiscordApiRequests)),
      duration_(sinks.metrics.Get(catalogue::kDiscordApiRequestDuration)),
      rate_limited_(sinks.metrics.Get(catalogue::kDiscordApiRateLimited)),
      queue_depth_(sinks.metrics.Observe(catalogue::kDiscordApiQueueDepth, [this](metrics::Observer<0>& observe) {
        observe(static_cast<double>(std::max<std::int64_t>(0, waiting_.load(std::memory_order_relaxed))));
      })) {}

void RestRecorder::Posted(http_request& request) {
  const RequestTarget target = ParseTarget(request.endpoint);
  Pending pending{.caller = tracing::Context::Current()};
  if (target.to_discord) {
    pending.route =
        RouteTemplate(request.parameters.empty() ? request.endpoint : request.endpoint + "/" + request.parameters);
  }
  const std::string_view method = MethodName(request.method);
  const std::string_view place = target.to_discord ? std::string_view(pending.route) : target.host;
  pending.span = sinks_.tracer.Start(std::string(method).append(" ").append(place),
                                     {.kind = tracing::SpanKind::kClient,
                                      .attributes = {{"http.request.method", method},
                                                     {"server.address", target.host},
                                                     {"server.port", target.port},
                                                     {"url.scheme", target.scheme},
                                                     {"retry_count", 0}}});
  if (target.to_discord) pending.span.SetAttribute({"url.template", pending.route});
  if (pending.span.recording()) {
    const std::string path = target.to_discord && !request.parameters.empty()
                                 ? request.endpoint + "/" + request.parameters
                                 : std::string(target.path);
    pending.span.SetAttribute({"url.full", sinks_.redactor.Redact(PublicUrl(target, path))});
  }
  const tracing::SpanContext identity = pending.span.span_context();
  if (!target.to_discord && sinks_.inject_traceparent && identity.valid() &&
      !request.req_headers.contains("traceparent")) {
    request.req_headers.emplace("traceparent", identity.ToTraceparent());
  }
  // D++ drops what is posted while it ends, without a word: its place in memory may come back as another request.
  Take(request);
  if (target.to_discord) waiting_.fetch_add(1, std::memory_order_relaxed);
  Shard& shard = ShardOf(request);
  const std::lock_guard lock(shard.mutex);
  shard.requests.insert_or_assign(&request, std::move(pending));
}

void RestRecorder::Sent(const http_request& request) {
  Shard& shard = ShardOf(request);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.requests.find(&request);
  if (found == shard.requests.end() || found->second.sent) return;
  found->second.sent = true;
  found->second.span.AddEvent("sent");
  if (!found->second.route.empty()) waiting_.fetch_sub(1, std::memory_order_relaxed);
}

std::optional<tracing::Context> RestRecorder::Completed(const http_request& request,
                                                        const http_request_completion_t& completion) {
  std::optional<Pending> pending = Take(request);
  if (!pending) return std::nullopt;
  Describe(pending->span, completion);
  if (!pending->route.empty()) {
    const metrics::SpanScope of_the_request(pending->span.span_context());
    CountDiscordRequest(*pending, MethodName(request.method), completion);
  }
  pending->span.End();
  return std::move(pending->caller);
}

void RestRecorder::CountDiscordRequest(const Pending& pending, std::string_view method,
                                       const http_request_completion_t& completion) {
  const std::string status = Failed(completion) ? "error" : std::to_string(completion.status);
  requests_.Add(1, {pending.route, method, status});
  duration_.Record(std::max(0.0, completion.latency), {pending.route, method});
  if (completion.status == 429) rate_limited_.Add(1, {pending.route, RateLimitScope(completion)});
}

void RestRecorder::Close() {
  queue_depth_.Reset();
  for (Shard& shard : pending_) {
    const std::lock_guard lock(shard.mutex);
    shard.requests.clear();
  }
}

RestRecorder::Shard& RestRecorder::ShardOf(const http_request& request) noexcept {
  // The low bits of an address are always zero.
  return pending_[(reinterpret_cast<std::uintptr_t>(&request) >> 6) % pending_.size()];
}

std::optional<RestRecorder::Pending> RestRecorder::Take(const http_request& request) {
  Shard& shard = ShardOf(request);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.requests.find(&request);
  if (found == shard.requests.end()) return std::nullopt;
  std::optional<Pending> pending(std::move(found->second));
  shard.requests.erase(found);
  if (!pending->sent && !pending->route.empty()) waiting_.fetch_sub(1, std::memory_order_relaxed);
  return pending;
}

}  // namespace guildscope::dpp
