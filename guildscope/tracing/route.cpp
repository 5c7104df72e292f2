#include "guildscope/tracing/route.hpp"

#include <opentelemetry/baggage/baggage.h>

#include "guildscope/tracing/opentelemetry_bridge.hpp"
#include "guildscope/tracing/route_context.hpp"

namespace guildscope::tracing {
namespace {

namespace otel = opentelemetry;
using RouteHolder = otel::nostd::shared_ptr<otel::baggage::Baggage>;

// A context value may not be a string, but may be a baggage. Under this key nothing propagates it.
constexpr const char* kRouteKey = "guildscope.route";
constexpr const char* kEntry = "route";

}  // namespace

bool HasRoute(const otel::context::Context& context) noexcept { return context.HasKey(kRouteKey); }

otel::context::Context WithRoute(const otel::context::Context& context, const std::string& route) {
  return otel::context::Context(context).SetValue(kRouteKey, otel::baggage::Baggage::GetDefault()->Set(kEntry, route));
}

std::string CurrentRoute() {
  std::string route;
  const otel::context::ContextValue value = CurrentContext().GetValue(kRouteKey);
  if (const auto* holder = otel::nostd::get_if<RouteHolder>(&value)) (*holder)->GetValue(kEntry, route);
  return route;
}

}  // namespace guildscope::tracing
