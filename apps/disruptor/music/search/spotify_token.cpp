#include "apps/disruptor/music/search/spotify_token.hpp"

#include <openssl/evp.h>

#include <algorithm>

#include "apps/disruptor/music/search/title.hpp"

namespace disruptor::music {
namespace {

using Type = MediaError::Type;
using std::chrono::seconds;

constexpr seconds kMargin{60};  // before its end a token is no longer used

}  // namespace

std::string BasicAuthorization(const std::string& user, const std::string& password) {
  const std::string pair = user + ":" + password;
  std::string encoded(4 * ((pair.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                      reinterpret_cast<const unsigned char*>(pair.data()), static_cast<int>(pair.size()));
  encoded.resize(static_cast<std::size_t>(length));
  return "Basic " + encoded;
}

SpotifyToken::SpotifyToken(const Api& api, const SearchOptions& options, const guildscope::Clock& clock,
                           guildscope::logging::Logger logger)
    : api_(api), options_(options), clock_(clock), logger_(std::move(logger)) {}

std::string SpotifyToken::Get(const std::string& rejected, const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!token_.text.empty() && token_.text != rejected && clock_.SteadyNow() < token_.end) return token_.text;
    if (!fetching_) break;
    const std::uint64_t failures = failures_;
    if (!changed_.wait(lock, stop, [this] { return !fetching_; })) {
      throw MediaError(Type::kStopped, "The search was stopped.");
    }
    if (failures_ != failures) throw MediaError(*last_failure_);
  }
  fetching_ = true;
  lock.unlock();
  try {
    Token token = Fetch(stop);
    lock.lock();
    token_ = std::move(token);
    fetching_ = false;
    changed_.notify_all();
    return token_.text;
  } catch (const MediaError& error) {
    if (!lock.owns_lock()) lock.lock();
    fetching_ = false;
    // One who was stopped says nothing about the token: the next one asks.
    if (error.type() != Type::kStopped) {
      ++failures_;
      last_failure_ = error;
    }
    changed_.notify_all();
    throw;
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    fetching_ = false;
    changed_.notify_all();
    throw;
  }
}

SpotifyToken::Token SpotifyToken::Fetch(const std::stop_token& stop) const {
  const auto asked = clock_.SteadyNow();
  const auto response = Ask(
      api_,
      {.method = "POST",
       .url = options_.spotify_token_url,
       .url_template = "/api/token",
       .headers = {{"Authorization", BasicAuthorization(options_.spotify_client_id, options_.spotify_client_secret)},
                   {"Content-Type", "application/x-www-form-urlencoded"}},
       .body = "grant_type=client_credentials",
       .idempotent = true},
      stop);
  if (response.status == 400 || response.status == 401 || response.status == 403) {
    const Json body = Json::parse(response.body, nullptr, false);
    logger_.Error("Spotify refuses the bot's client id or secret: status {}, {}", response.status,
                  CleanTitle(TextAt(body, {"error"}), 50));
    throw MediaError(Type::kNotConfigured, "Spotify does not accept the key of this bot. Tell whoever runs it.");
  }
  if (response.status != 200) ThrowStatus(api_, response.status);
  const Json body = ParseBody(api_, response);
  const std::string text = TextAt(body, {"access_token"});
  const bool is_usable = !text.empty() && text.size() < 4'096 &&
                         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
  if (!is_usable) throw MediaError(Type::kUnavailable, "Spotify gave an answer that makes no sense.");
  const Json& lifetime = At(body, {"expires_in"});
  const std::int64_t said = lifetime.is_number_integer() ? lifetime.get<std::int64_t>() : 0;
  const seconds whole(std::clamp<std::int64_t>(said, 0, 86'400));
  return {text, asked + std::max(whole - kMargin, whole / 2)};
}

}  // namespace disruptor::music
