#include "guildscope/instrumentation/curl/url.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <memory>

namespace guildscope::curl {
namespace {

constexpr std::string_view kMask = "REDACTED";  // OpenTelemetry's semantic conventions, `url.full`

struct UrlDeleter {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};
using UrlHandle = std::unique_ptr<CURLU, UrlDeleter>;

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

std::string Part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owner(text, &curl_free);
  return text;
}

std::optional<Url> ToUrl(CURLU* handle) {
  curl_url_set(handle, CURLUPART_FRAGMENT, nullptr, 0);
  Url url{.text = Part(handle, CURLUPART_URL),
          .scheme = ToLower(Part(handle, CURLUPART_SCHEME)),
          .host = ToLower(Part(handle, CURLUPART_HOST)),
          .port = std::atoi(Part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT).c_str())};
  if ((url.scheme != "http" && url.scheme != "https") || url.host.empty()) return std::nullopt;
  if (url.host.front() == '[' && url.host.back() == ']') url.host = url.host.substr(1, url.host.size() - 2);
  return url;
}

int HexDigit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = std::tolower(static_cast<unsigned char>(c));
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

std::string Decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped =
        text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0;
    if (escaped) {
      decoded += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

/// The text itself, unless a secret shows once it is decoded.
std::string_view Shown(std::string_view text, const Redactor& redactor) {
  if (text.find('%') == std::string_view::npos) return text;
  const std::string decoded = Decode(text);
  return redactor.Redact(decoded) == decoded ? text : kMask;
}

std::string PublicPath(std::string_view path, const Redactor& redactor) {
  std::string result;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    result += Shown(path.substr(0, end), redactor);
    if (end == path.size()) break;
    result += '/';
    path.remove_prefix(end + 1);
  }
  return result;
}

std::string PublicQuery(std::string_view query, const Redactor& redactor) {
  std::string result;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find_first_of("&;"), query.size());
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      result += Shown(pair, redactor);
    } else {
      result += pair.substr(0, equals + 1);
      result += NamesASecret(Decode(pair.substr(0, equals))) ? kMask : Shown(pair.substr(equals + 1), redactor);
    }
    if (end == query.size()) break;
    result += query[end];
    query.remove_prefix(end + 1);
  }
  return result;
}

}  // namespace

bool Url::SameOrigin(const Url& other) const noexcept {
  return scheme == other.scheme && host == other.host && port == other.port;
}

std::optional<Url> ParseUrl(const std::string& text) {
  const UrlHandle handle(curl_url());
  // A URL ends where a C string does.
  if (!handle || text.find('\0') != std::string::npos) return std::nullopt;
  if (curl_url_set(handle.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return std::nullopt;
  return ToUrl(handle.get());
}

std::optional<Url> Resolve(const Url& base, const std::string& location) {
  const UrlHandle handle(curl_url());
  if (!handle || curl_url_set(handle.get(), CURLUPART_URL, base.text.c_str(), 0) != CURLUE_OK) return std::nullopt;
  // Servers send spaces and umlauts as they are.
  if (curl_url_set(handle.get(), CURLUPART_URL, location.c_str(), CURLU_URLENCODE) != CURLUE_OK) return std::nullopt;
  return ToUrl(handle.get());
}

std::string PublicUrl(const std::string& url, const Redactor& redactor) {
  const UrlHandle handle(curl_url());
  if (!handle || curl_url_set(handle.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return std::string(kMask);
  const bool credentials =
      !Part(handle.get(), CURLUPART_USER).empty() || !Part(handle.get(), CURLUPART_PASSWORD).empty();
  std::string place = Part(handle.get(), CURLUPART_HOST);
  if (const std::string port = Part(handle.get(), CURLUPART_PORT); !port.empty()) place += ":" + port;
  place += PublicPath(Part(handle.get(), CURLUPART_PATH), redactor);
  if (const std::string query = Part(handle.get(), CURLUPART_QUERY); !query.empty()) {
    place += "?" + PublicQuery(query, redactor);
  }
  std::string result = Part(handle.get(), CURLUPART_SCHEME) + "://";
  if (credentials) result.append(kMask).append(":").append(kMask).append("@");
  return result + redactor.Redact(place);
}

bool NamesASecret(std::string_view parameter) {
  constexpr std::array<std::string_view, 12> kAnywhere{"token",      "secret",     "signature", "passw",
                                                       "passphrase", "credential", "authoriz",  "authentic",
                                                       "session",    "jwt",        "apikey",    "otp"};
  constexpr std::array<std::string_view, 8> kAtTheEnd{"key", "keyid", "sig", "sign", "auth", "pass", "pwd", "sid"};
  std::string name;  // letters and digits alone: api_key, api-key and apiKey are one
  for (const unsigned char c : parameter) {
    if (std::isalnum(c)) name += static_cast<char>(std::tolower(c));
  }
  if (name == "code") return true;  // OAuth's; but country_code is none
  return std::any_of(kAnywhere.begin(), kAnywhere.end(),
                     [&](std::string_view word) { return name.find(word) != std::string::npos; }) ||
         std::any_of(kAtTheEnd.begin(), kAtTheEnd.end(), [&](std::string_view word) { return name.ends_with(word); });
}

}  // namespace guildscope::curl
