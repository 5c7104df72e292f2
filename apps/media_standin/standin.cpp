#include "apps/media_standin/standin.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "apps/media_standin/faults.hpp"
#include "apps/media_standin/ledger.hpp"
#include "apps/media_standin/media_file.hpp"
#include "apps/media_standin/service.hpp"
#include "apps/media_standin/spotify_api.hpp"
#include "apps/media_standin/youtube_api.hpp"
#include "guildscope/http/server.hpp"

namespace media_standin {
namespace {

using guildscope::http::Request;
using guildscope::http::Response;

struct Route {
  std::string method;
  std::string path;  ///< With `{id}` where one stands.
  Service service;
  std::function<Response(const Request&, const std::string& id)> handler;
};

/// The id in a path, or an empty one when the route has none; nothing when it is another route's path.
std::optional<std::string> MatchPath(const std::string& route, std::string_view path) {
  constexpr std::string_view kId = "{id}";
  const std::size_t at = route.find(kId);
  if (at == std::string::npos) return route == path ? std::optional<std::string>("") : std::nullopt;
  const std::string_view before = std::string_view(route).substr(0, at);
  const std::string_view after = std::string_view(route).substr(at + kId.size());
  if (path.size() <= before.size() + after.size() || !path.starts_with(before) || !path.ends_with(after)) {
    return std::nullopt;
  }
  path = path.substr(before.size(), path.size() - before.size() - after.size());
  if (path.find('/') != std::string_view::npos) return std::nullopt;
  return std::string(path);
}

guildscope::http::ServerOptions MakeServerOptions(const Config& config) {
  guildscope::http::ServerOptions options;
  options.address = config.address;
  options.port = config.port;
  options.threads = 8;
  return options;
}

}  // namespace

struct Standin::Impl {
  Impl(Config c, const guildscope::Clock& clock)
      : config(std::move(c)),
        catalogue(config.seed, config.songs, config.playlists, config.albums),
        youtube(catalogue, config.youtube_api_key),
        spotify(catalogue, config, clock),
        server(MakeServerOptions(config)) {
    AddRoutes();
    const auto serve = [this](const Request& request) { return Serve(request); };
    for (const char* pattern : {"/youtube/v3/*", "/v1/*", "/watch/*"}) server.Handle("GET", pattern, serve);
    server.Handle("POST", "/api/token", serve);
    AddControl();
    server.Start();
  }

  void AddRoutes() {
    const auto add = [this](const char* path, Service service, auto handler) {
      routes.push_back({.method = "GET", .path = path, .service = service, .handler = std::move(handler)});
    };
    using Id = std::string;
    add("/youtube/v3/search", Service::kYouTube, [this](const Request& r, const Id&) { return youtube.Search(r); });
    add("/youtube/v3/videos", Service::kYouTube, [this](const Request& r, const Id&) { return youtube.Videos(r); });
    add("/youtube/v3/playlists", Service::kYouTube,
        [this](const Request& r, const Id&) { return youtube.Playlists(r); });
    add("/youtube/v3/playlistItems", Service::kYouTube,
        [this](const Request& r, const Id&) { return youtube.PlaylistItems(r); });
    add("/v1/tracks/{id}", Service::kSpotify, [this](const Request& r, const Id& id) { return spotify.Track(r, id); });
    add("/v1/albums/{id}", Service::kSpotify, [this](const Request& r, const Id& id) { return spotify.Album(r, id); });
    add("/v1/albums/{id}/tracks", Service::kSpotify,
        [this](const Request& r, const Id& id) { return spotify.AlbumTracks(r, id); });
    add("/v1/playlists/{id}", Service::kSpotify,
        [this](const Request& r, const Id& id) { return spotify.Playlist(r, id); });
    add("/v1/playlists/{id}/items", Service::kSpotify,
        [this](const Request& r, const Id& id) { return spotify.PlaylistItems(r, id, "item"); });
    add("/v1/playlists/{id}/tracks", Service::kSpotify,
        [this](const Request& r, const Id& id) { return spotify.PlaylistItems(r, id, "track"); });
    add("/api/token", Service::kSpotify, [this](const Request& r, const Id&) {
      Response response = spotify.Token(r);
      if (response.status == 200) {
        const std::lock_guard lock(mutex);
        ledger.TokenIssued();
      }
      return response;
    });
    routes.back().method = "POST";
    add("/watch/{id}.wav", Service::kMedia, [this](const Request& r, const Id& id) { return Media(r, id); });
  }

  Response Media(const Request& request, const std::string& id) {
    const Song* song = catalogue.FindVideo(id);
    if (song == nullptr || song->is_live) return ErrorOf(Service::kMedia, 404);
    Response response = ServeMedia(request, *song);
    if (response.status < 300 && !request.head) {
      const std::lock_guard lock(mutex);
      ledger.MediaServed(id, response.body.size(), response.status == 200);
    }
    return response;
  }

  Response Serve(const Request& request) {
    for (const Route& route : routes) {
      const auto id = route.method == request.method ? MatchPath(route.path, request.path) : std::nullopt;
      if (id) return ServeRoute(route, request, *id);
    }
    return guildscope::http::ErrorResponse(404, "no such path");
  }

  Response ServeRoute(const Route& route, const Request& request, const std::string& id) {
    Faults::Taken taken;
    {
      const std::lock_guard lock(mutex);
      taken = faults.Take(route.path);
    }
    if (taken.delay.count() > 0) {
      std::mutex nobody;
      std::unique_lock lock(nobody);
      std::condition_variable_any().wait_for(lock, request.stop, taken.delay, [] { return false; });
    }
    Response response = Befall(route, request, id, taken.outcome);
    const std::lock_guard lock(mutex);
    ledger.Answered(request.head ? "HEAD" : request.method, route.path, response.status);
    if (response.break_after) ledger.Truncated(route.path);
    return response;
  }

  static void AddRetryAfter(Response& response, const std::optional<int>& seconds) {
    if (seconds) response.headers.emplace_back("Retry-After", std::to_string(*seconds));
  }

  Response Befall(const Route& route, const Request& request, const std::string& id,
                  const std::optional<Fault>& fault) {
    if (!fault) return route.handler(request, id);
    Response response;
    switch (fault->kind) {
      case FaultKind::kError:
        response = ErrorOf(route.service, fault->status);
        AddRetryAfter(response, fault->retry_after);
        break;
      case FaultKind::kQuota:
        response = QuotaErrorOf(route.service);
        AddRetryAfter(response, fault->retry_after);
        break;
      case FaultKind::kNotFound:
        response = ErrorOf(route.service, 404);
        break;
      case FaultKind::kTruncate:
      case FaultKind::kSlow:
        response = route.handler(request, id);
        response.break_after = response.body.size() / 2;
        break;
    }
    return response;
  }

  void AddControl() {
    server.Handle("GET", "/ledger", [this](const Request&) { return Answer(LedgerJson()); });
    server.Handle("GET", "/catalogue", [this](const Request&) { return Answer(catalogue.ToJson()); });
    server.Handle("GET", "/faults", [this](const Request&) { return Answer(FaultsJson()); });
    server.Handle("DELETE", "/faults", [this](const Request&) {
      const std::lock_guard lock(mutex);
      faults.Clear();
      return Answer(Json::array());
    });
    server.Handle("POST", "/faults", [this](const Request& request) {
      const Json body = Json::parse(request.body, nullptr, false);
      if (body.is_discarded()) return guildscope::http::ErrorResponse(400, "the body is not JSON");
      try {
        AddFault(body);
      } catch (const BadRequest& error) {
        return guildscope::http::ErrorResponse(400, error.what());
      }
      return Answer(FaultsJson());
    });
    server.Handle("DELETE", "/tokens", [this](const Request&) {
      spotify.RevokeTokens();
      return Answer(Json::object());
    });
  }

  void AddFault(const Json& body) {
    Fault fault = ParseFault(body);
    bool is_known = fault.path.empty();
    for (const Route& route : routes) is_known = is_known || route.path == fault.path;
    if (!is_known) throw BadRequest("path is '" + fault.path + "'; accepted: a route, such as /v1/tracks/{id}");
    const std::lock_guard lock(mutex);
    faults.Add(std::move(fault));
  }

  Json LedgerJson() const {
    const std::lock_guard lock(mutex);
    return ledger.ToJson();
  }
  Json FaultsJson() const {
    const std::lock_guard lock(mutex);
    return faults.ToJson();
  }

  const Config config;
  const Catalogue catalogue;
  const YouTubeApi youtube;
  SpotifyApi spotify;
  std::vector<Route> routes;
  mutable std::mutex mutex;
  Faults faults;                    // guarded by mutex
  Ledger ledger;                    // guarded by mutex
  guildscope::http::Server server;  // last: its handlers use the rest
};

Standin::Standin(Config config, const guildscope::Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(config), clock)) {}
Standin::~Standin() = default;

std::uint16_t Standin::port() const noexcept { return impl_->server.port(); }
std::string Standin::url() const { return impl_->server.url(); }
const Catalogue& Standin::catalogue() const noexcept { return impl_->catalogue; }
Json Standin::ledger() const { return impl_->LedgerJson(); }

}  // namespace media_standin
