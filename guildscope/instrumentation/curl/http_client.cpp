#include "guildscope/instrumentation/curl/http_client.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "guildscope/export/files.hpp"
#include "guildscope/instrumentation/curl/call.hpp"
#include "guildscope/instrumentation/curl/worker.hpp"
#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::curl {
namespace {

namespace catalogue = metrics::catalogue;

void CheckPositive(std::string_view name, std::size_t value) {
  if (value > 0) return;
  throw std::invalid_argument("HTTP client: " + std::string(name) + " is 0; accepted: 1 and more");
}

HttpClientOptions Checked(HttpClientOptions options) {
  if (const std::string problem = FindProblem(options.limits); !problem.empty()) {
    throw std::invalid_argument("HTTP client: " + problem);
  }
  retry::Check(options.retries);
  if (!options.ca_file.empty()) (void)exporting::ReadFile(options.ca_file);
  CheckPositive("max_requests", options.max_requests);
  CheckPositive("max_requests_per_host", options.max_requests_per_host);
  CheckPositive("connections_per_host", options.connections_per_host);
  CheckPositive("connections", options.connections);
  for (std::string& host : options.no_propagation) {
    std::transform(host.begin(), host.end(), host.begin(), [](unsigned char c) { return std::tolower(c); });
  }
  return options;
}

}  // namespace

struct PendingRequest::State {
  void Finish(HttpResult&& ended) {
    {
      const std::lock_guard lock(mutex);
      result = std::move(ended);
    }
    changed.notify_all();
  }

  const std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
  std::weak_ptr<Worker> worker;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<HttpResult> result;  // guarded by mutex
};

HttpResult PendingRequest::Get() const {
  if (!state_) throw std::logic_error("there is no request to wait for");
  std::unique_lock lock(state_->mutex);
  if (!state_->result) {
    const auto worker = state_->worker.lock();
    if (worker && worker->IsThisThread()) throw std::logic_error("a callback of the HTTP client waits for the client");
  }
  state_->changed.wait(lock, [&] { return state_->result.has_value(); });
  return *state_->result;
}

bool PendingRequest::WaitFor(std::chrono::milliseconds limit) const {
  if (!state_) return true;
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, limit, [&] { return state_->result.has_value(); });
}

void PendingRequest::Cancel() const noexcept {
  if (!state_) return;
  state_->cancelled->store(true);
  if (const auto worker = state_->worker.lock()) worker->Wake();
}

struct HttpClient::Impl {
  Impl(Telemetry& telemetry, HttpClientOptions options)
      : parts{.options = Checked(std::move(options)),
              .redactor = telemetry.redactor(),
              .tracer = telemetry.tracer(),
              .clock = telemetry.clock(),
              .logger = telemetry.logger("http_client"),
              .retries = retry::Retries(telemetry.metrics(), telemetry.tracer(), {.clock = &telemetry.clock()}),
              .duration = telemetry.metrics().Get(catalogue::kHttpClientRequestDuration),
              .active = telemetry.metrics().Get(catalogue::kHttpClientActiveRequests)},
        refused(telemetry.metrics().Get(catalogue::kHttpClientRefused)),
        worker(std::make_shared<Worker>(parts.options, parts.clock)),
        requests(telemetry.metrics().Observe(
            catalogue::kHttpClientRequests,
            [this](metrics::Observer<0>& observe) { observe(static_cast<double>(worker->requests())); })),
        requests_max(telemetry.metrics().Observe(
            catalogue::kHttpClientRequestsMax,
            [this](metrics::Observer<0>& observe) { observe(static_cast<double>(parts.options.max_requests)); })) {}

  void Refuse(Call& call, HttpError error, std::string message) {
    refused.Add(1, {ToString(error)});
    call.End(error, std::move(message));
    call.Deliver();
  }

  const CallParts parts;
  const metrics::CounterFamily<1> refused;
  const std::shared_ptr<Worker> worker;
  metrics::Subscription requests;
  metrics::Subscription requests_max;
};

HttpClient::HttpClient(Telemetry& telemetry, HttpClientOptions options)
    : impl_(std::make_unique<Impl>(telemetry, std::move(options))) {}

HttpClient::~HttpClient() { Close(); }

PendingRequest HttpClient::Send(HttpRequest request, Done done) {
  auto state = std::make_shared<PendingRequest::State>();
  state->worker = impl_->worker;
  const auto call =
      std::make_shared<Call>(impl_->parts, std::move(request), [state, done = std::move(done)](HttpResult&& result) {
        struct Finish {  // also when the callback throws
          PendingRequest::State& state;
          HttpResult& result;
          ~Finish() { state.Finish(std::move(result)); }
        } finish{*state, result};
        if (done) done(result);
      });
  if (std::string problem = call->problem(); !problem.empty()) {
    impl_->Refuse(*call, HttpError::kInvalidRequest, std::move(problem));
    return PendingRequest(std::move(state));
  }
  const HttpError error = impl_->worker->Add({.call = call, .cancelled = state->cancelled});
  if (error == HttpError::kQueueFull) {
    impl_->Refuse(*call, error, "too many requests are under way, to " + call->place() + " or altogether");
  } else if (error == HttpError::kClosed) {
    impl_->Refuse(*call, error, "the HTTP client has ended");
  }
  return PendingRequest(std::move(state));
}

void HttpClient::Close() { impl_->worker->Stop(); }

const HttpClientOptions& HttpClient::options() const noexcept { return impl_->parts.options; }

}  // namespace guildscope::curl
