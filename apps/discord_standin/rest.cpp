#include "apps/discord_standin/rest.hpp"

#include <algorithm>

#include "guildscope/base/discord_routes.hpp"

namespace standin {
namespace {

bool IsTokenRoute(std::string_view route) {
  return route.starts_with("/interactions/") || route.starts_with("/webhooks/{webhook.id}/") ||
         route.starts_with("/webhooks/{application.id}/");
}

bool IsAuthorized(const Discord& discord, const RestRequest& request, std::string_view route) {
  if (IsTokenRoute(route) || route == "/gateway") return true;
  constexpr std::string_view kScheme = "Bot ";
  if (!request.authorization.starts_with(kScheme)) return false;
  const std::string_view token = std::string_view(request.authorization).substr(kScheme.size());
  return !token.empty() && (discord.config.token.empty() || token == discord.config.token);
}

/// The part of the path that, besides method and route, tells buckets apart.
std::string MajorParameter(const guildscope::DiscordRoute& match) {
  if (match.parameters.empty()) return {};
  if (IsTokenRoute(match.route)) return std::string(match.parameters[0]) + "/" + std::string(match.parameters[1]);
  const bool is_major = match.route.starts_with("/channels/{") || match.route.starts_with("/guilds/{");
  return is_major ? std::string(match.parameters[0]) : std::string();
}

const RestRoute* FindRoute(std::string_view method, std::string_view route, bool& other_method) {
  for (const auto routes :
       {ApplicationRoutes(), ChannelRoutes(), CommandRoutes(), GuildRoutes(), InteractionRoutes()}) {
    for (const RestRoute& candidate : routes) {
      if (candidate.route != route) continue;
      if (candidate.method == method) return &candidate;
      other_method = true;
    }
  }
  return nullptr;
}

/// False when the body is neither JSON nor a form with JSON in it.
bool ReadBody(const RestRequest& request, RestCall& call) {
  call.body = Json::object();
  std::string_view text = request.body;
  if (request.content_type.starts_with("multipart/form-data")) {
    text = {};
    call.files = ParseMultipart(request.content_type, request.body);
    if (call.files.empty()) return false;
    const auto payload = std::find_if(call.files.begin(), call.files.end(),
                                      [](const FormPart& part) { return part.name == "payload_json"; });
    if (payload != call.files.end()) text = payload->data;
    std::erase_if(call.files, [](const FormPart& part) { return part.filename.empty(); });
  }
  if (text.empty()) return true;
  call.body = Json::parse(text, nullptr, false);
  return !call.body.is_discarded();
}

RestAnswer RateLimited(const Discord& discord, const RateLimit& limit) {
  const bool is_global = limit.scope == "global";
  const char* message = limit.scope == "shared" ? "The resource is being rate limited." : "You are being rate limited.";
  const double seconds = static_cast<double>(limit.reset_after.count()) / 1000.0;
  return {
      429, {{"message", message}, {"retry_after", seconds}, {"global", is_global}}, discord.limiter.HeadersFor(limit)};
}

}  // namespace

std::string RestCall::Query(std::string_view key) const {
  std::string_view rest = query;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    if (pair.substr(0, pair.find('=')) == key) {
      return pair.find('=') == std::string_view::npos ? std::string() : std::string(pair.substr(pair.find('=') + 1));
    }
  }
  return {};
}

RestAnswer RestError(unsigned status, int code, const std::string& message) {
  return {status, {{"message", message}, {"code", code}}, {}};
}

RestAnswer InvalidForm(Json errors) {
  RestAnswer answer = RestError(400, 50035, "Invalid Form Body");
  answer.body["errors"] = std::move(errors);
  return answer;
}

RestAnswer InvalidField(const std::string& field, const char* code, const char* message) {
  Json errors;
  errors[field]["_errors"] = Json::array({Json{{"code", code}, {"message", message}}});
  return InvalidForm(std::move(errors));
}

RestAnswer NoContent() { return {204, nullptr, {}}; }

RestAnswer ServeRest(Discord& discord, const RestRequest& request) {
  const std::string_view target = request.target;
  if (!target.starts_with("/api/")) return RestError(404, 0, "404: Not Found");
  const auto match = guildscope::MatchDiscordRoute(target);
  bool other_method = false;
  const RestRoute* route = FindRoute(request.method, match.route, other_method);
  if (route == nullptr) {
    return other_method ? RestError(405, 0, "405: Method Not Allowed") : RestError(404, 0, "404: Not Found");
  }
  if (!IsAuthorized(discord, request, match.route)) return RestError(401, 0, "401: Unauthorized");

  const RateLimit limit =
      discord.limiter.Take(request.method, match.route, MajorParameter(match), !IsTokenRoute(match.route));
  if (!limit.allowed) return RateLimited(discord, limit);
  const auto question = target.find('?');
  RestCall call{match.route, match.parameters, {}, {}, {}};
  if (question != std::string_view::npos) call.query = target.substr(question + 1);
  RestAnswer answer = ReadBody(request, call) ? route->handler(discord, call)
                                              : RestError(400, 50109, "The request body contains invalid JSON.");
  const auto headers = discord.limiter.HeadersFor(limit);
  answer.headers.insert(answer.headers.end(), headers.begin(), headers.end());
  return answer;
}

RestAnswer FaultAnswer(Discord& discord, const RestRequest& request, const Fault& fault) {
  if (fault.kind == FaultKind::kServerError) {
    return RestError(fault.status, 0, std::to_string(fault.status) + ": Internal Server Error");
  }
  const auto match = guildscope::MatchDiscordRoute(std::string_view(request.target));
  RateLimit limit;
  // Discord names no bucket when it is the global limit that was hit.
  if (fault.scope != "global") {
    limit = discord.limiter.Take(request.method, match.route, MajorParameter(match), false);
    limit.remaining = fault.scope == "user" ? 0 : limit.remaining;
  }
  limit.allowed = false;
  limit.scope = fault.scope;
  limit.reset_after = std::chrono::milliseconds(static_cast<std::int64_t>(fault.retry_after * 1000));
  return RateLimited(discord, limit);
}

}  // namespace standin
