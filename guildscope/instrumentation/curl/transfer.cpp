#include "guildscope/instrumentation/curl/transfer.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <new>
#include <utility>

#include "guildscope/base/version.hpp"

namespace guildscope::curl {
namespace {

HttpError ToError(CURLcode code) noexcept {
  switch (code) {
    case CURLE_OK:
      return HttpError::kNone;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return HttpError::kResolve;
    case CURLE_COULDNT_CONNECT:
      return HttpError::kConnect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_INITFAILED:
      return HttpError::kTls;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return HttpError::kCertificate;
    case CURLE_OPERATION_TIMEDOUT:
      return HttpError::kTimeout;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return HttpError::kConnectionLost;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
      return HttpError::kProtocol;
    case CURLE_FILESIZE_EXCEEDED:
      return HttpError::kTooLarge;
    default:
      return HttpError::kOther;
  }
}

std::string OneLine(std::string text) {
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

std::string_view Trimmed(std::string_view text) noexcept {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

const char* VersionName(long version) noexcept {
  switch (version) {
    case CURL_HTTP_VERSION_1_0:
      return "1.0";
    case CURL_HTTP_VERSION_1_1:
      return "1.1";
    case CURL_HTTP_VERSION_2_0:
      return "2";
    case CURL_HTTP_VERSION_3:
      return "3";
    default:
      return "";
  }
}

/// A peer that does not even acknowledge for so long is gone. The kernel's own patience is a quarter of an hour, in
/// which a connection of HTTP/2 would swallow request after request.
int LimitSilence(void*, curl_socket_t socket, curlsocktype) noexcept {
  constexpr unsigned kMilliseconds = 15'000;
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &kMilliseconds, sizeof kMilliseconds);  // a help, not a must
  return CURL_SOCKOPT_OK;
}

std::string UserAgent(const HttpClientOptions& options) {
  return options.user_agent.empty() ? std::string("guildscope/").append(Version()) : options.user_agent;
}

}  // namespace

Transfer::Transfer(Exchange exchange, const HttpLimits& limits, const HttpClientOptions& options)
    : exchange_(std::move(exchange)),
      max_body_bytes_(limits.max_body_bytes),
      max_header_bytes_(limits.max_header_bytes),
      easy_(curl_easy_init()) {
  if (!easy_) throw std::bad_alloc();
  AddHeader("Expect:");  // libcurl would wait for a `100 Continue` that few servers send
  const auto is_type = [](const auto& header) { return SameHeader(header.first, "content-type"); };
  if (std::none_of(exchange_.headers.begin(), exchange_.headers.end(), is_type)) {
    AddHeader("Content-Type:");  // libcurl would call every body a form
  }
  // A header without a value is written with a semicolon; with a colon libcurl would leave it out, blanks or not.
  for (const auto& [name, value] : exchange_.headers)
    AddHeader(Trimmed(value).empty() ? name + ";" : name + ": " + value);
  Set(CURLOPT_URL, exchange_.url.c_str());
  Set(CURLOPT_HTTPHEADER, headers_.get());
  Set(CURLOPT_USERAGENT, UserAgent(options).c_str());
  Set(CURLOPT_PROTOCOLS_STR, "http,https");
  Set(CURLOPT_FOLLOWLOCATION, 0L);
  Set(CURLOPT_HTTP_VERSION, static_cast<long>(options.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
  Set(CURLOPT_PIPEWAIT,
      options.http2 ? 1L : 0L);  // rather a stream of a connection that is being made than a connection
  // With these two the memory that decompression takes is bounded too.
  Set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
  Set(CURLOPT_NOSIGNAL, 1L);
  // A name look-up that hangs is left to its thread; without this, libcurl would wait for it when we give up.
  Set(CURLOPT_QUICK_EXIT, 1L);
  Set(CURLOPT_TCP_KEEPALIVE, 1L);
  Set(CURLOPT_SOCKOPTFUNCTION, &LimitSilence);
  Set(CURLOPT_FRESH_CONNECT, exchange_.new_connection ? 1L : 0L);
  if (!options.ca_file.empty()) Set(CURLOPT_CAINFO, options.ca_file.c_str());
  Set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
  Set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  Set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
  Set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  Set(CURLOPT_ERRORBUFFER, error_.data());
  SetMethodAndBody();
  SetLimits(limits);
}

void Transfer::AddHeader(const std::string& line) {
  curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
  if (longer == nullptr) throw std::bad_alloc();
  (void)headers_.release();
  headers_.reset(longer);
}

void Transfer::SetMethodAndBody() {
  const bool has_body =
      !exchange_.body.empty() || exchange_.method == "POST" || exchange_.method == "PUT" || exchange_.method == "PATCH";
  if (exchange_.method == "HEAD") {
    Set(CURLOPT_NOBODY, 1L);
    return;
  }
  if (has_body) {
    Set(CURLOPT_POSTFIELDS, exchange_.body.data());
    Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(exchange_.body.size()));
  }
  Set(CURLOPT_CUSTOMREQUEST, exchange_.method.c_str());
}

void Transfer::SetLimits(const HttpLimits& limits) {
  Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect_timeout.count()));
  Set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(limits.slowest_bytes_per_second));
  Set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits.slow_time.count()));
  // What the server says that it will send; what it sends is counted too. 0 would mean no limit.
  Set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(std::max<std::size_t>(1, limits.max_body_bytes)));
}

std::size_t Transfer::OnBody(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t bytes = size * count;
  // Less than all of it makes libcurl end the transfer.
  if (bytes > transfer.max_body_bytes_ - transfer.body_.size()) {
    transfer.too_large_ = true;
    return 0;
  }
  try {
    transfer.body_.append(data, bytes);
  } catch (const std::exception&) {
    transfer.too_large_ = true;
    return 0;
  }
  return bytes;
}

std::size_t Transfer::OnHeader(char* data, std::size_t size, std::size_t count, void* self) noexcept {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t bytes = size * count;
  transfer.header_bytes_ += bytes;
  if (transfer.header_bytes_ > transfer.max_header_bytes_) {
    transfer.too_large_ = true;
    return 0;
  }
  try {
    transfer.TakeHeaderLine({data, bytes});
  } catch (const std::exception&) {
    transfer.too_large_ = true;
    return 0;
  }
  return bytes;
}

void Transfer::TakeHeaderLine(std::string_view line) {
  if (line.starts_with("HTTP/")) response_headers_.clear();  // the response after a `103 Early Hints` and the like
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  response_headers_.emplace_back(std::move(name), Trimmed(line.substr(colon + 1)));
}

Outcome Transfer::Judge(CURLcode code) const {
  if (code == CURLE_OK) return {};
  if (too_large_) return {HttpError::kTooLarge, "the response is larger than the limit"};
  const HttpError error = ToError(code);
  const std::string_view detail = error_[0] != '\0' ? error_.data() : curl_easy_strerror(code);
  return {error, OneLine(std::string(detail))};
}

HttpResponse Transfer::TakeResponse() {
  HttpResponse response;
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  long version = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_VERSION, &version);
  response.status = static_cast<int>(status);
  response.protocol = VersionName(version);
  response.headers = std::move(response_headers_);
  response.body = std::move(body_);
  return response;
}

std::string Transfer::PeerAddress() const {
  const char* address = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_PRIMARY_IP, &address);
  return address == nullptr ? "" : address;
}

std::int64_t Transfer::BytesReceived() const {
  curl_off_t bytes = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_DOWNLOAD_T, &bytes);
  return bytes;
}

}  // namespace guildscope::curl
