#pragma once

#include <initializer_list>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "apps/disruptor/music/media.hpp"
#include "guildscope/instrumentation/curl/http_client.hpp"

namespace disruptor::music {

using Json = nlohmann::json;

/// What a service is asked with. Lifetime: the client must outlive it.
struct Api {
  guildscope::curl::HttpClient& http;
  std::string service;  ///< For people: `YouTube`.
  guildscope::curl::HttpLimits limits;
};

/// A whole response, whatever its status. Blocks; cancelled as soon as stop is requested. Throws MediaError when there
/// is none.
[[nodiscard]] guildscope::curl::HttpResponse Ask(const Api& api, guildscope::curl::HttpRequest request,
                                                 const std::stop_token& stop);

/// The body of a response as JSON. Throws MediaError when it is no JSON object.
[[nodiscard]] Json ParseBody(const Api& api, const guildscope::curl::HttpResponse& response);

/// For a status that says nothing more. Throws MediaError.
[[noreturn]] void ThrowStatus(const Api& api, int status);

/// `?name=value&…`, percent-encoded.
[[nodiscard]] std::string QueryString(std::initializer_list<std::pair<std::string_view, std::string>> parameters);

/// What stands in a JSON value of others: never throws, whatever is missing or has another type.
[[nodiscard]] const Json& At(const Json& json, std::initializer_list<std::string_view> path) noexcept;  ///< Or null.
[[nodiscard]] std::string TextAt(const Json& json, std::initializer_list<std::string_view> path);       ///< Or empty.
[[nodiscard]] const Json& ListAt(const Json& json, std::initializer_list<std::string_view> path) noexcept;

}  // namespace disruptor::music
