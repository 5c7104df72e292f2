#include "apps/disruptor/music/audio/program_failure.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <span>

#include "guildscope/base/utf8.hpp"
#include "guildscope/instrumentation/curl/url.hpp"

namespace disruptor::music {
namespace {

using Type = MediaError::Type;

/// What a program says, in lower case, and what it means. The first that fits counts.
struct Saying {
  std::string_view words;
  Type type;
  const char* text;
};

constexpr Saying kDisk[] = {
    {"no space left on device", Type::kInternal, "The bot has no disk space left."},
    {"disk quota exceeded", Type::kInternal, "The bot has no disk space left."},
    {"file too large", Type::kTooLarge, "That is larger than I may download."},
    {"read-only file system", Type::kInternal, "The bot cannot write to its disk."},
    {"permission denied", Type::kInternal, "The bot cannot write to its disk."},
};

constexpr Saying kDownload[] = {
    {"larger than max-filesize", Type::kTooLarge, "That is larger than I may download."},
    {"does not pass filter", Type::kTooLarge, "That is a live stream, or longer than I may play."},
    {"unsupported url", Type::kBadMedia, "I find nothing to play there."},
    {"is not a valid url", Type::kBadMedia, "I find nothing to play there."},
    {"no video formats found", Type::kBadMedia, "I find nothing to play there."},
    {"requested format is not available", Type::kBadMedia, "There is no sound in it that I could play."},
    {"http error 404", Type::kNotFound, "There is nothing there (any more)."},
    {"http error 410", Type::kNotFound, "There is nothing there (any more)."},
    {"private video", Type::kUnavailable, "That is private."},
    {"sign in to", Type::kUnavailable, "The other side wants a sign-in for that."},
    {"not available in your country", Type::kUnavailable, "That is not available where the bot is."},
    {"not made this video available", Type::kUnavailable, "That is not available where the bot is."},
    {"video unavailable", Type::kNotFound, "That video is not available (any more)."},
    {"has been removed", Type::kNotFound, "That has been removed."},
    {"has been terminated", Type::kNotFound, "That has been removed."},
    {"does not exist", Type::kNotFound, "There is nothing there (any more)."},
    {"live event will begin", Type::kUnavailable, "That has not begun yet."},
    {"premieres in", Type::kUnavailable, "That has not begun yet."},
    {"http error 429", Type::kUnavailable, "The other side says that I ask too often. Try it later."},
    {"http error 403", Type::kUnavailable, "The other side refuses to give it to me."},
    {"http error 401", Type::kUnavailable, "The other side refuses to give it to me."},
    {"http error 5", Type::kUnavailable, "The other side has trouble. Try it later."},
    {"name or service not known", Type::kNotFound, "There is no server of that name."},
    {"no address associated", Type::kNotFound, "There is no server of that name."},
    {"timed out", Type::kUnavailable, "The other side does not answer. Try it later."},
};

constexpr Saying kTranscode[] = {
    {"matches no streams", Type::kBadMedia, "There is no sound in it."},
    {"does not contain any stream", Type::kBadMedia, "There is no sound in it."},
    {"invalid data found", Type::kBadMedia, "There is no sound in it that I could play."},
    {"not on whitelist", Type::kBadMedia, "There is no sound in it that I could play."},
    {"cannot allocate memory", Type::kInternal, "The bot has no memory left for that."},
    {"unknown encoder", Type::kInternal, "The bot's ffmpeg cannot make Opus."},
};

std::optional<MediaError> Find(const std::string& said, std::span<const Saying> sayings) {
  for (const Saying& saying : sayings) {
    if (said.find(saying.words) != std::string::npos) return MediaError(saying.type, saying.text);
  }
  return std::nullopt;
}

std::string InLowerCase(const ChildResult& result) {
  std::string said = result.errors + "\n" + result.output;
  std::transform(said.begin(), said.end(), said.begin(), [](unsigned char c) { return std::tolower(c); });
  return said;
}

/// When the program was not left to itself.
std::optional<MediaError> ExplainEnd(const ChildResult& result, const char* too_slow) {
  switch (result.end) {
    case ChildResult::End::kStopped:
      return MediaError(Type::kStopped, "It is not wanted any more.");
    case ChildResult::End::kTimeLimit:
      return MediaError(Type::kTimeout, too_slow);
    case ChildResult::End::kTooMuchOutput:
      return MediaError(Type::kInternal, "The bot could not process that.");
    case ChildResult::End::kSignalled:
    case ChildResult::End::kExited:
      break;
  }
  return std::nullopt;
}

}  // namespace

MediaError ExplainDownload(const ChildResult& result) {
  if (auto error = ExplainEnd(result, "The download took too long.")) return *error;
  if (result.end == ChildResult::End::kSignalled) return {Type::kInternal, "The download was cut off."};
  const std::string said = InLowerCase(result);
  if (auto error = Find(said, kDisk)) return *error;
  if (auto error = Find(said, kDownload)) return *error;
  if (result.exit_status == 0) return {Type::kBadMedia, "I find nothing to play there."};
  if (result.exit_status == 2) return {Type::kInternal, "The bot's yt-dlp is too old, or too new."};
  return {Type::kUnavailable, "It could not be downloaded. Try it later."};
}

MediaError ExplainTranscode(const ChildResult& result) {
  if (auto error = ExplainEnd(result, "It took too long to make it playable.")) return *error;
  constexpr int kFileTooLarge = 25;  // SIGXFSZ
  if (result.signal == kFileTooLarge) return {Type::kTooLarge, "That is longer than I may play."};
  if (result.end == ChildResult::End::kSignalled) return {Type::kInternal, "The bot could not process that."};
  const std::string said = InLowerCase(result);
  if (auto error = Find(said, kDisk)) return *error;
  if (auto error = Find(said, kTranscode)) return *error;
  return {Type::kBadMedia, "There is no sound in it that I could play."};
}

MediaError CannotRun(std::string_view program, std::string_view reason) {
  return {Type::kInternal, "The bot cannot run " + std::string(program) + " (" + std::string(reason) +
                               "); whoever runs it has to install it."};
}

std::string DescribeEnd(const ChildResult& result) {
  switch (result.end) {
    case ChildResult::End::kStopped:
      return "stopped";
    case ChildResult::End::kTimeLimit:
      return "time limit";
    case ChildResult::End::kTooMuchOutput:
      return "too much output";
    case ChildResult::End::kSignalled:
      return "signal " + std::to_string(result.signal);
    case ChildResult::End::kExited:
      break;
  }
  return "exit status " + std::to_string(result.exit_status);
}

std::string LastWords(const ChildResult& result, const guildscope::Redactor& redactor, std::size_t bytes) {
  std::string_view said = result.errors.empty() ? result.output : result.errors;
  while (said.ends_with('\n')) said.remove_suffix(1);
  std::string shown;
  while (!said.empty()) {
    const std::size_t begin = std::min({said.find("http://"), said.find("https://"), said.size()});
    shown += said.substr(0, begin);
    said.remove_prefix(begin);
    const std::size_t end = std::min(said.find_first_of(" \t\r\n\"'<>"), said.size());
    if (end > 0) shown += guildscope::curl::PublicUrl(std::string(said.substr(0, end)), redactor);
    said.remove_prefix(end);
  }
  // Cut when it is clean: half a URL would not be recognized as one.
  if (shown.size() > bytes) shown.erase(0, shown.size() - bytes);
  return guildscope::ToUtf8(shown);
}

}  // namespace disruptor::music
