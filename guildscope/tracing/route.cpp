#include "guildscope/tracing/route.hpp"

#include <opentelemetry/trace/span.h>

#include <memory>

#include "guildscope/tracing/opentelemetry_bridge.hpp"
#include "guildscope/tracing/route_context.hpp"

namespace guildscope::tracing {
namespace {

namespace otel = opentelemetry;

// A context value may not be a string, but may be a span: one that is nothing but its name. Under this key nothing
// takes it for the active one or propagates it.
constexpr const char* kRouteKey = "guildscope.route";

class RouteHolder final : public otel::trace::Span {
 public:
  explicit RouteHolder(const std::string& route) : route_(route) {}
  [[nodiscard]] const std::string& route() const noexcept { return route_; }

  void SetAttribute(otel::nostd::string_view, const otel::common::AttributeValue&) noexcept override {}
  void AddEvent(otel::nostd::string_view) noexcept override {}
  void AddEvent(otel::nostd::string_view, otel::common::SystemTimestamp) noexcept override {}
  void AddEvent(otel::nostd::string_view, otel::common::SystemTimestamp,
                const otel::common::KeyValueIterable&) noexcept override {}
  void SetStatus(otel::trace::StatusCode, otel::nostd::string_view) noexcept override {}
  void UpdateName(otel::nostd::string_view) noexcept override {}
  void End(const otel::trace::EndSpanOptions&) noexcept override {}
  [[nodiscard]] otel::trace::SpanContext GetContext() const noexcept override {
    return otel::trace::SpanContext::GetInvalid();
  }
  [[nodiscard]] bool IsRecording() const noexcept override { return false; }

 private:
  const std::string route_;
};

}  // namespace

bool HasRoute(const otel::context::Context& context) noexcept { return context.HasKey(kRouteKey); }

otel::context::Context WithRoute(const otel::context::Context& context, const std::string& route) {
  const otel::nostd::shared_ptr<otel::trace::Span> holder(
      std::shared_ptr<otel::trace::Span>(std::make_shared<RouteHolder>(route)));
  return otel::context::Context(context).SetValue(kRouteKey, holder);
}

std::string CurrentRoute() {
  const otel::context::ContextValue value = CurrentContext().GetValue(kRouteKey);
  const auto* holder = otel::nostd::get_if<otel::nostd::shared_ptr<otel::trace::Span>>(&value);
  return holder != nullptr ? static_cast<const RouteHolder&>(**holder).route() : std::string();
}

}  // namespace guildscope::tracing
