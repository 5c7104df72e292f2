#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "guildscope/instrumentation/curl/http_client.hpp"
#include "guildscope/testing/recorded_metrics.hpp"
#include "guildscope/testing/recorded_spans.hpp"
#include "guildscope/testing/scripted_server.hpp"

namespace guildscope::curl {

/// A client whose spans and metrics can be looked at, and which wastes no time between attempts.
class HttpClientFixture : public ::testing::Test {
 protected:
  using Then = testing::ScriptedAnswer::Then;

  static config::TelemetryOptions QuietOptions() {
    config::TelemetryOptions options;
    options.sdk_disabled = true;
    options.health_server.enabled = false;
    return options;
  }

  static HttpClientOptions QuickOptions() {
    HttpClientOptions options;
    options.retries.first_wait = std::chrono::milliseconds(1);
    options.limits.attempt_timeout = kPatience;
    options.limits.total_timeout = kPatience;
    return options;
  }

  /// Answers in this order, and then the last one again and again.
  static testing::ScriptedServer::Script InOrder(std::vector<testing::ScriptedAnswer> answers) {
    auto left = std::make_shared<std::deque<testing::ScriptedAnswer>>(answers.begin(), answers.end());
    return [left](const testing::SeenRequest&) {
      const auto answer = left->front();
      if (left->size() > 1) left->pop_front();
      return answer;
    };
  }
  static testing::ScriptedServer::Script Always(testing::ScriptedAnswer answer) { return InOrder({std::move(answer)}); }

  HttpResult Send(HttpRequest request) { return client_->Send(std::move(request)).Get(); }
  void Use(HttpClientOptions options) { client_ = std::make_unique<HttpClient>(telemetry_, std::move(options)); }

  double Value(const std::string& metric, const std::vector<std::string>& labels = {}) {
    return testing::ValueOf(telemetry_.metrics(), metric, labels);
  }
  /// Of `http.client.request.duration`.
  std::uint64_t Requests(const std::string& method, std::uint16_t port, const std::string& status,
                         const std::string& error) {
    return testing::CountOf(telemetry_.metrics(), "http.client.request.duration",
                            {method, "127.0.0.1", std::to_string(port), status, error});
  }

  static constexpr std::chrono::seconds kPatience{60};

  Telemetry telemetry_{QuietOptions()};
  testing::RecordedSpans spans_;
  std::unique_ptr<HttpClient> client_ = std::make_unique<HttpClient>(telemetry_, QuickOptions());
};

}  // namespace guildscope::curl
