#include "apps/media_standin/media_file.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "apps/media_standin/audio.hpp"
#include "apps/media_standin/service.hpp"

namespace media_standin {
namespace {

using guildscope::http::Response;

/// First byte and the one behind the last; an empty range is one that cannot be met. Nothing: not a range of ours.
std::optional<std::pair<std::size_t, std::size_t>> ParseRange(std::string_view header, std::size_t size) {
  constexpr std::string_view kUnit = "bytes=";
  constexpr std::size_t kMost = 1ULL << 60;
  if (!header.starts_with(kUnit) || header.find(',') != std::string_view::npos) return std::nullopt;
  header.remove_prefix(kUnit.size());
  const std::size_t dash = header.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto first = ParseNumber(std::string(header.substr(0, dash)), 0, kMost);
  const auto last = ParseNumber(std::string(header.substr(dash + 1)), 0, kMost);
  if (!first && !last) return std::nullopt;
  if (!first) return std::pair(size - std::min(size, *last), size);
  const std::size_t end = last ? std::min(*last + 1, size) : size;
  return std::pair(std::min(*first, end), end);
}

}  // namespace

Response ServeMedia(const guildscope::http::Request& request, const Song& song) {
  Response response{.content_type = "audio/wav", .body = MakeWav(song.length, song.tone_hz), .headers = {}};
  response.headers.emplace_back("Accept-Ranges", "bytes");
  const std::size_t size = response.body.size();
  const auto range = ParseRange(request.Header("Range"), size);
  if (!range) return response;
  const auto [begin, end] = *range;
  if (begin >= end) {
    response = guildscope::http::TextResponse("no such bytes", 416);
    response.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    return response;
  }
  response.status = 206;
  response.body = response.body.substr(begin, end - begin);
  response.headers.emplace_back(
      "Content-Range", "bytes " + std::to_string(begin) + "-" + std::to_string(end - 1) + "/" + std::to_string(size));
  return response;
}

}  // namespace media_standin
