#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/discord_standin/discord.hpp"
#include "apps/discord_standin/multipart.hpp"

namespace standin {

/// A REST request as it came off the wire.
struct RestRequest {
  std::string method;
  std::string target;
  std::string authorization;
  std::string content_type;
  std::string body;
};

struct RestAnswer {
  unsigned status = 200;
  Json body;  ///< Null: no body.
  std::vector<std::pair<std::string, std::string>> headers;
};

/// A request whose route and body are known: what a handler gets.
struct RestCall {
  std::string_view route;
  std::vector<std::string_view> parameters;
  std::string_view query;
  Json body;  ///< An object when there is none.
  std::vector<FormPart> files;

  [[nodiscard]] Snowflake Id(std::size_t index) const { return ParseSnowflake(parameters[index]); }
  /// A query parameter; empty when there is none.
  [[nodiscard]] std::string Query(std::string_view key) const;
};

using RestHandler = RestAnswer (*)(Discord&, const RestCall&);

struct RestRoute {
  std::string_view method;
  std::string_view route;
  RestHandler handler;
};

// The handlers, by what they are about; each in the file of its name.
[[nodiscard]] std::span<const RestRoute> ApplicationRoutes();
[[nodiscard]] std::span<const RestRoute> ChannelRoutes();
[[nodiscard]] std::span<const RestRoute> CommandRoutes();
[[nodiscard]] std::span<const RestRoute> GuildRoutes();
[[nodiscard]] std::span<const RestRoute> InteractionRoutes();

/// `{"message": ..., "code": ...}`, as Discord writes errors.
[[nodiscard]] RestAnswer RestError(unsigned status, int code, const std::string& message);
/// 400 with code 50035 and what is wrong with which field.
[[nodiscard]] RestAnswer InvalidForm(Json errors);
[[nodiscard]] RestAnswer InvalidField(const std::string& field, const char* code, const char* message);
[[nodiscard]] RestAnswer NoContent();

/// Answers a request: route, token, rate limit, body, handler. Faults are not its matter, nor is the ledger.
[[nodiscard]] RestAnswer ServeRest(Discord& discord, const RestRequest& request);

/// The answer that a fault gives instead.
[[nodiscard]] RestAnswer FaultAnswer(Discord& discord, const RestRequest& request, const Fault& fault);

}  // namespace standin
