#pragma once

#include <curl/curl.h>

#include <atomic>
#include <memory>
#include <string>

#include "guildscope/config/telemetry_options.hpp"
#include "guildscope/export/transport.hpp"

namespace guildscope::exporting {

/// OTLP over HTTP with binary protocol buffers, through libcurl: one connection that is kept.
///
/// Threads: Send from one, Cancel from any.
class HttpTransport final : public Transport {
 public:
  /// Throws std::invalid_argument for an endpoint that is no URL, std::runtime_error for a file that cannot be read.
  HttpTransport(Signal signal, config::OtlpOptions options);
  ~HttpTransport() override;

  Reply Send(const Request& request, std::chrono::steady_clock::time_point deadline) noexcept override;
  void Cancel() noexcept override;
  [[nodiscard]] const std::string& destination() const noexcept override { return destination_; }

 private:
  struct Response;
  struct EasyDeleter {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
  };
  struct MultiDeleter {
    void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
  };
  struct ListDeleter {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  };

  void SetUp();
  void AddHeader(const std::string& line);
  /// Nothing when it was cancelled or ran out of time (and then `timed_out` says which).
  [[nodiscard]] CURLcode Perform(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] Reply Failure(CURLcode code, const char* error) const;
  [[nodiscard]] Reply Judge(const Response& response, long status) const;

  const Signal signal_;
  const config::OtlpOptions options_;
  const std::string destination_;
  std::atomic<bool> cancelled_{false};
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  std::unique_ptr<CURL, EasyDeleter> easy_;
  std::unique_ptr<curl_slist, ListDeleter> headers_;
};

}  // namespace guildscope::exporting
