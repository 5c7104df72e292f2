#include "guildscope/tracing/propagation.hpp"

#include <opentelemetry/context/propagation/global_propagator.h>
#include <opentelemetry/context/runtime_context.h>

namespace guildscope::tracing {
namespace {

namespace otel = opentelemetry;
using Setter = std::function<void(std::string_view, std::string_view)>;

class Carrier final : public otel::context::propagation::TextMapCarrier {
 public:
  explicit Carrier(const Setter& set) noexcept : set_(set) {}
  otel::nostd::string_view Get(otel::nostd::string_view) const noexcept override { return ""; }
  void Set(otel::nostd::string_view key, otel::nostd::string_view value) noexcept override {
    set_({key.data(), key.size()}, {value.data(), value.size()});
  }

 private:
  const Setter& set_;
};

}  // namespace

void InjectCurrent(const Setter& set) {
  Carrier carrier(set);
  otel::context::propagation::GlobalTextMapPropagator::GetGlobalPropagator()->Inject(
      carrier, otel::context::RuntimeContext::GetCurrent());
}

}  // namespace guildscope::tracing
