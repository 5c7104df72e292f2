#include "guildscope/telemetry/logger_endpoints.hpp"

#include <boost/asio/ip/address.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace guildscope {
namespace {

using http::Request;
using http::Response;
using nlohmann::ordered_json;

constexpr std::string_view kAccepted =
    R"(accepted: {"level": "DEBUG"}, or INFO, WARNING, ERROR, CRITICAL, OFF instead)";

Response Json(const ordered_json& body) {
  auto response = http::JsonResponse(body.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

ordered_json ToJson(const logging::LoggerReport& report) {
  ordered_json records;
  for (std::size_t level = 0; level < report.records.size(); ++level) {
    records[std::string(ToString(static_cast<logging::Level>(level)))] = report.records[level];
  }
  return {{"name", report.name},
          {"level", ToString(report.level)},
          {"configured_level", ToString(report.configured)},
          {"third_party", report.third_party},
          {"records", std::move(records)},
          {"dropped", report.dropped},
          {"otlp_dropped", report.otlp_dropped}};
}

Response List(const logging::Logging& logging, const std::string& refusal) {
  const logging::DefaultLevels defaults = logging.default_levels();
  ordered_json body{{"level", ToString(defaults.level)}, {"third_party_level", ToString(defaults.third_party)}};
  body["loggers"] = ordered_json::array();
  for (const auto& report : logging.Loggers()) body["loggers"].push_back(ToJson(report));
  if (!refusal.empty()) body["changes_refused"] = refusal;
  return Json(body);
}

Response One(const logging::Logging& logging, std::string_view name) {
  for (const auto& report : logging.Loggers()) {
    if (report.name == name) return Json(ToJson(report));
  }
  std::string known;
  for (const auto& report : logging.Loggers()) known += (known.empty() ? "" : ", ") + report.name;
  return http::ErrorResponse(404, "there is no logger '" + std::string(name) + "'; there are: " + known);
}

std::optional<boost::asio::ip::address> ToAddress(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(text), error);
  return error ? std::nullopt : std::optional(address);
}

/// A Host header without its port.
std::string_view NameIn(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const std::size_t bracket = host.rfind(']');
  const bool has_port = colon != host.npos && (bracket == host.npos || colon > bracket);
  return has_port ? host.substr(0, colon) : host;
}

/// Why a change is refused; empty: it is not.
std::string Refusal(const Request& request, bool loopback, Changes changes) {
  if (!loopback && changes != Changes::kAll) {
    return "the server does not listen on a loopback address, and monitoring.health_server.allow_changes is off";
  }
  const std::string_view site = request.Header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return "a page of another origin may not ask for this";
  const std::string_view host = request.Header("host");
  const std::string_view origin = request.Header("origin");
  const std::size_t scheme = origin.find("://");
  if (!origin.empty() && (scheme == origin.npos || origin.substr(scheme + 3) != host)) {
    return "the page at '" + std::string(origin) + "' may not change levels here";
  }
  const std::string_view name = NameIn(host);
  const bool is_address = name == "localhost" || ToAddress(name).has_value();
  if (!is_address && (changes != Changes::kAll || !origin.empty())) {
    return "the host is '" + std::string(host) + "'; accepted: an IP address or localhost";
  }
  return {};
}

/// Throws std::invalid_argument that says what was found and what is accepted.
logging::Level LevelIn(const std::string& body) {
  const auto refuse = [](const std::string& found) -> logging::Level {
    throw std::invalid_argument("found " + found + "; " + std::string(kAccepted));
  };
  const auto json = ordered_json::parse(body, nullptr, false);
  if (json.is_discarded()) return refuse(body.empty() ? "no body" : "no JSON");
  if (!json.is_object() || json.size() != 1 || !json.contains("level")) return refuse("no object with level alone");
  if (!json["level"].is_string()) return refuse("a level that is no text");
  try {
    return logging::ParseLevel(json["level"].get<std::string>());
  } catch (const std::invalid_argument& error) {
    return refuse(error.what());
  }
}

}  // namespace

void ServeLoggers(http::Server& server, logging::Logging& logging, const std::string& address, Changes changes) {
  const auto listens_on = ToAddress(address);
  const bool loopback = address == "localhost" || (listens_on && listens_on->is_loopback());
  server.Handle("GET", "/loggers", [&logging, loopback, changes](const Request& request) {
    return List(logging, Refusal(request, loopback, changes));
  });
  server.Handle("GET", "/loggers/*", [&logging](const Request& request) { return One(logging, request.tail); });
  const auto change = [&logging, loopback, changes](const char* method, auto set) {
    return [&logging, loopback, changes, method, set](const Request& request) {
      if (const std::string refusal = Refusal(request, loopback, changes); !refusal.empty()) {
        return http::ErrorResponse(403, refusal);
      }
      try {
        if (!set(request)) return One(logging, request.tail);
      } catch (const std::invalid_argument& error) {
        return http::ErrorResponse(400, error.what());
      }
      Response response = One(logging, request.tail);
      const auto now = ordered_json::parse(response.body);
      logging.Get("guildscope.logging")
          .Warning("{} of {}: the level of logger {} is {} now", method, request.remote, request.tail,
                   now.value("level", ""));
      return response;
    };
  };
  server.Handle("PUT", "/loggers/*", change("PUT", [&logging](const Request& request) {
                  return logging.SetLevel(request.tail, LevelIn(request.body));
                }));
  server.Handle("DELETE", "/loggers/*",
                change("DELETE", [&logging](const Request& request) { return logging.ResetLevel(request.tail); }));
}

}  // namespace guildscope
