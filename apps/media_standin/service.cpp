#include "apps/media_standin/service.hpp"

#include <charconv>

namespace media_standin {

using guildscope::http::Request;
using guildscope::http::Response;

Response Answer(const Json& json, unsigned status) { return guildscope::http::JsonResponse(json.dump(), status); }

Response YouTubeError(unsigned status, const std::string& reason, const std::string& message) {
  const bool is_quota = reason == "quotaExceeded" || reason == "rateLimitExceeded";
  const Json error{{"message", message}, {"domain", is_quota ? "youtube.quota" : "global"}, {"reason", reason}};
  return Answer({{"error", {{"code", status}, {"message", message}, {"errors", Json::array({error})}}}}, status);
}

Response SpotifyError(unsigned status, const std::string& message) {
  return Answer({{"error", {{"status", status}, {"message", message}}}}, status);
}

Response ErrorOf(Service service, unsigned status) {
  const std::string message = status == 404 ? "Not found." : "The stand-in was asked to fail.";
  switch (service) {
    case Service::kYouTube:
      return YouTubeError(status, status == 404 ? "notFound" : status < 500 ? "badRequest" : "backendError", message);
    case Service::kSpotify:
      return SpotifyError(status, message);
    case Service::kMedia:
      break;
  }
  return guildscope::http::TextResponse(message, status);
}

Response QuotaErrorOf(Service service) {
  if (service == Service::kYouTube) {
    return YouTubeError(403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota.");
  }
  return service == Service::kSpotify ? SpotifyError(429, "API rate limit exceeded") : ErrorOf(service, 429);
}

std::string Parameter(const Request& request, std::string_view name, std::string fallback) {
  const auto value = request.Query(name);
  return value ? std::string(*value) : std::move(fallback);
}

std::optional<std::size_t> ParseNumber(const std::string& text, std::size_t lowest, std::size_t highest) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < lowest || value > highest)
    return std::nullopt;
  return value;
}

}  // namespace media_standin
