#include "guildscope/export/http_transport.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

#include "guildscope/export/endpoint.hpp"
#include "guildscope/export/files.hpp"
#include "guildscope/export/response.hpp"
#include "guildscope/export/user_agent.hpp"
#include "guildscope/http/content_coding.hpp"

namespace guildscope::exporting {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::size_t kLongestResponse = 1024 * 1024;

Reply Answer(Reply::Outcome outcome, std::string detail) {
  return {.outcome = outcome, .rejected = 0, .detail = std::move(detail), .retry_after = {}};
}

bool MayBeRetried(long status) noexcept {
  constexpr std::array<long, 4> kRetryable{429, 502, 503, 504};  // OTLP 1.5, "OTLP/HTTP Response", "Retryable errors"
  return std::find(kRetryable.begin(), kRetryable.end(), status) != kRetryable.end();
}

}  // namespace

struct HttpTransport::Response {
  std::string body;
  std::string retry_after;
  std::string content_type;

  static std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* self) {
    auto& body = static_cast<Response*>(self)->body;
    // Less than all of it makes libcurl end the transfer: nobody needs to send us this much.
    if (body.size() + size * count > kLongestResponse) return 0;
    body.append(data, size * count);
    return size * count;
  }
  static std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* self) {
    auto& response = *static_cast<Response*>(self);
    std::string_view line(data, size * count);
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return size * count;
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (name == "retry-after") response.retry_after = line.substr(colon + 1);
    if (name == "content-type") response.content_type = line.substr(colon + 1);
    return size * count;
  }
};

HttpTransport::HttpTransport(Signal signal, config::OtlpOptions options)
    : signal_(signal), options_(std::move(options)), destination_(WithoutCredentials(options_.endpoint)) {
  CheckHttpEndpoint(options_.endpoint);
  for (const std::string* file :
       {&options_.certificate_file, &options_.client_key_file, &options_.client_certificate_file}) {
    if (!file->empty()) (void)ReadFile(*file);
  }
  multi_.reset(curl_multi_init());
  easy_.reset(curl_easy_init());
  if (!multi_ || !easy_) throw std::runtime_error("libcurl cannot be started");
  SetUp();
}

HttpTransport::~HttpTransport() = default;

void HttpTransport::AddHeader(const std::string& line) {
  curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)headers_.release();
  headers_.reset(longer);
}

void HttpTransport::SetUp() {
  CURL* easy = easy_.get();
  AddHeader("Content-Type: application/x-protobuf");
  AddHeader("Expect:");  // libcurl would wait for a `100 Continue` that few collectors send
  if (options_.gzip) AddHeader("Content-Encoding: gzip");
  for (const auto& [name, value] : options_.headers) AddHeader(name + ": " + value);
  curl_easy_setopt(easy, CURLOPT_URL, options_.endpoint.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, UserAgent().c_str());
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  // A name look-up that hangs is left to its thread; without this, libcurl would wait for it when we give up.
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &Response::OnBody);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &Response::OnHeader);
  if (!options_.certificate_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.certificate_file.c_str());
  if (!options_.client_certificate_file.empty()) {
    curl_easy_setopt(easy, CURLOPT_SSLCERT, options_.client_certificate_file.c_str());
  }
  if (!options_.client_key_file.empty()) curl_easy_setopt(easy, CURLOPT_SSLKEY, options_.client_key_file.c_str());
}

Reply HttpTransport::Send(const Request& request, SteadyClock::time_point deadline) noexcept try {
  const std::string compressed = options_.gzip ? http::Gzip(request.bytes) : std::string();
  const std::string& body = options_.gzip ? compressed : request.bytes;
  Response response;
  std::array<char, CURL_ERROR_SIZE> error{};
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &response);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &response);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error.data());

  const CURLcode code = Perform(deadline);
  if (cancelled_.load() || code != CURLE_OK) {
    Reply reply = Failure(code, error.data());
    curl_off_t sent = 0;
    curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    reply.may_have_arrived = sent >= static_cast<curl_off_t>(body.size());
    return reply;
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return Judge(response, status);
} catch (const std::exception& exception) {
  return Answer(Reply::Outcome::kRefused, exception.what());
}

Reply HttpTransport::Failure(CURLcode code, const char* error) const {
  if (cancelled_.load()) return Answer(Reply::Outcome::kCancelled, "the process ends");
  if (code == CURLE_OPERATION_TIMEDOUT) return Answer(Reply::Outcome::kTimeout, "no answer in time");
  return Answer(code == CURLE_WRITE_ERROR ? Reply::Outcome::kRefused : Reply::Outcome::kRetry,
                *error != '\0' ? error : curl_easy_strerror(code));
}

CURLcode HttpTransport::Perform(SteadyClock::time_point deadline) {
  struct Added {
    CURLM* multi;
    CURL* easy;
    ~Added() { curl_multi_remove_handle(multi, easy); }
  };
  if (curl_multi_add_handle(multi_.get(), easy_.get()) != CURLM_OK) return CURLE_FAILED_INIT;
  const Added added{multi_.get(), easy_.get()};
  while (!cancelled_.load()) {
    int running = 0;
    if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) return CURLE_FAILED_INIT;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    const auto remaining = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now()).count();
    if (remaining <= 0) return CURLE_OPERATION_TIMEDOUT;
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(std::min<long long>(remaining, 60'000)), nullptr);
  }
  return CURLE_ABORTED_BY_CALLBACK;
}

Reply HttpTransport::Judge(const Response& response, long status) const {
  if (status >= 200 && status < 300) {
    const bool other_type = !response.body.empty() && !response.content_type.empty() &&
                            response.content_type.find("application/x-protobuf") == std::string::npos;
    const auto parsed = other_type ? std::nullopt : ParseResponse(signal_, response.body);
    if (!parsed) {
      return Answer(Reply::Outcome::kRefused,
                    "status " + std::to_string(status) + ", but no OTLP response: " + Excerpt(response.body));
    }
    Reply reply = Answer(Reply::Outcome::kAccepted, Excerpt(parsed->message));
    reply.rejected = parsed->rejected;
    return reply;
  }
  Reply reply = Answer(MayBeRetried(status) ? Reply::Outcome::kRetry : Reply::Outcome::kRefused,
                       "status " + std::to_string(status));
  reply.may_have_arrived = status == 502 || status == 504;  // a gateway in between lost the answer
  reply.retry_after = ParseRetryAfter(response.retry_after, std::chrono::system_clock::now());
  return reply;
}

void HttpTransport::Cancel() noexcept {
  cancelled_.store(true);
  curl_multi_wakeup(multi_.get());
}

}  // namespace guildscope::exporting
