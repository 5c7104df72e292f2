#include "apps/disruptor/music/search/api.hpp"

#include <curl/curl.h>

#include <memory>

namespace disruptor::music {

using guildscope::curl::HttpError;
using guildscope::curl::HttpResponse;
using guildscope::curl::HttpResult;
using Type = MediaError::Type;

HttpResponse Ask(const Api& api, guildscope::curl::HttpRequest request, const std::stop_token& stop) {
  const auto throw_stopped = [] { throw MediaError(Type::kStopped, "The search was stopped."); };
  if (stop.stop_requested()) throw_stopped();
  request.limits = api.limits;
  const auto pending = api.http.Send(std::move(request));
  HttpResult result;
  {
    const std::stop_callback cancel(stop, [&pending] { pending.Cancel(); });
    result = pending.Get();
  }
  switch (result.error) {
    case HttpError::kNone:
      return std::move(result.response);
    case HttpError::kCancelled:
    case HttpError::kClosed:
      throw_stopped();
      break;
    case HttpError::kTimeout:
      throw MediaError(Type::kTimeout, api.service + " took too long to answer. Try again later.");
    case HttpError::kInvalidRequest:
      throw MediaError(Type::kInternal, "The bot's settings for " + api.service + " are wrong.");
    case HttpError::kQueueFull:
      throw MediaError(Type::kUnavailable, "The bot is looking up too much at once. Try again in a minute.");
    case HttpError::kTooLarge:
      throw MediaError(Type::kUnavailable, api.service + " gave an answer that makes no sense.");
    default:
      break;
  }
  throw MediaError(Type::kUnavailable, api.service + " cannot be reached. Try again later.");
}

Json ParseBody(const Api& api, const HttpResponse& response) {
  Json json = Json::parse(response.body, nullptr, false);
  if (!json.is_object()) throw MediaError(Type::kUnavailable, api.service + " gave an answer that makes no sense.");
  return json;
}

void ThrowStatus(const Api& api, int status) {
  if (status == 404) throw MediaError(Type::kNotFound, api.service + " does not know this, or it is private.");
  if (status == 429) {
    throw MediaError(Type::kUnavailable, "The bot has asked " + api.service + " too often. Try again in a minute.");
  }
  throw MediaError(Type::kUnavailable,
                   api.service + " refuses to answer (" + std::to_string(status) + "). Try again later.");
}

std::string QueryString(std::initializer_list<std::pair<std::string_view, std::string>> parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    const std::unique_ptr<char, decltype(&curl_free)> escaped(
        curl_easy_escape(nullptr, value.data(), static_cast<int>(value.size())), &curl_free);
    if (!escaped) throw std::bad_alloc();
    text += text.empty() ? '?' : '&';
    text.append(name).append("=").append(escaped.get());
  }
  return text;
}

const Json& At(const Json& json, std::initializer_list<std::string_view> path) noexcept {
  static const Json kNull;
  const Json* value = &json;
  for (const std::string_view key : path) {
    if (!value->is_object()) return kNull;
    const auto found = value->find(key);
    if (found == value->end()) return kNull;
    value = &*found;
  }
  return *value;
}

std::string TextAt(const Json& json, std::initializer_list<std::string_view> path) {
  const Json& value = At(json, path);
  return value.is_string() ? value.get<std::string>() : std::string();
}

const Json& ListAt(const Json& json, std::initializer_list<std::string_view> path) noexcept {
  static const Json kEmpty = Json::array();
  const Json& value = At(json, path);
  return value.is_array() ? value : kEmpty;
}

}  // namespace disruptor::music
