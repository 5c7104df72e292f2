#pragma once

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "guildscope/instrumentation/curl/message.hpp"
#include "guildscope/instrumentation/curl/options.hpp"

namespace guildscope::curl {

/// What goes to libcurl for one exchange: an attempt, or one of its redirects.
struct Exchange {
  std::string method;
  std::string url;
  Headers headers;
  std::string body;
  bool new_connection = false;  ///< Of its own, and none that is there.
};

/// How an exchange ended.
struct Outcome {
  HttpError error = HttpError::kNone;
  std::string message;
};

/// One exchange in libcurl, which follows no redirect by itself and keeps what it gets within the limits.
///
/// Threads: one. Lifetime: must be taken out of the multi handle before it is destroyed.
class Transfer {
 public:
  /// Throws std::bad_alloc.
  Transfer(Exchange exchange, const HttpLimits& limits, const HttpClientOptions& options);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  [[nodiscard]] CURL* handle() const noexcept { return easy_.get(); }

  /// After libcurl is done with it, also half way.
  [[nodiscard]] Outcome Judge(CURLcode code) const;
  [[nodiscard]] HttpResponse TakeResponse();
  [[nodiscard]] std::string PeerAddress() const;
  [[nodiscard]] std::int64_t BytesReceived() const;  ///< Of the body, as it was sent.

 private:
  struct EasyDeleter {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
  };
  struct ListDeleter {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  };

  void AddHeader(const std::string& line);
  void SetMethodAndBody();
  void SetLimits(const HttpLimits& limits);
  template <typename Value>
  void Set(CURLoption option, Value value) {
    curl_easy_setopt(easy_.get(), option, value);
  }

  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  void TakeHeaderLine(std::string_view line);

  const Exchange exchange_;
  const std::size_t max_body_bytes_;
  const std::size_t max_header_bytes_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::unique_ptr<curl_slist, ListDeleter> headers_;
  std::unique_ptr<CURL, EasyDeleter> easy_;  // after what it points to
  Headers response_headers_;
  std::string body_;
  std::size_t header_bytes_ = 0;
  bool too_large_ = false;
};

}  // namespace guildscope::curl
