#include "guildscope/tracing/span.hpp"

#include <cxxabi.h>

#include <memory>
#include <new>
#include <typeinfo>
#include <utility>

#include "guildscope/base/type_name.hpp"
#include "guildscope/tracing/linkable.hpp"
#include "guildscope/tracing/opentelemetry_bridge.hpp"
#include "guildscope/tracing/route_context.hpp"
#include "guildscope/tracing/span_impl.hpp"

namespace guildscope::tracing {
namespace {

namespace otel = opentelemetry;

}  // namespace

// NOLINTBEGIN(cppcoreguidelines-pro-type-member-init): the storage is only memory
Span::Span() noexcept {}  // NOLINT(modernize-use-equals-default): would initialize the storage

Span::Span(Impl impl) noexcept {
  static_assert(sizeof(Impl) <= kImplSize && alignof(Impl) <= 8);
  impl_ = new (storage_) Impl(std::move(impl));
}

Span::Span(Span&& other) noexcept {
  if (other.impl_ == nullptr) return;
  impl_ = new (storage_) Impl(std::move(*other.impl_));
  other.impl_->~Impl();
  other.impl_ = nullptr;
}
// NOLINTEND(cppcoreguidelines-pro-type-member-init)

Span& Span::operator=(Span&& other) noexcept {
  if (this != &other) {
    this->~Span();
    new (this) Span(std::move(other));
  }
  return *this;
}

Span::~Span() {
  if (impl_ == nullptr) return;
  End();
  impl_->~Impl();
}

void Span::SetAttribute(const Attribute& attribute) {
  if (impl_) impl_->span->SetAttribute(ToNostd(attribute.key.view()), ToOpenTelemetry(attribute.value));
}

void Span::AddEvent(std::string_view name, const Attributes& attributes) {
  if (impl_) impl_->span->AddEvent(ToNostd(name), AttributesView(attributes));
}

void Span::UpdateName(std::string_view name) {
  if (impl_) impl_->span->UpdateName(ToNostd(name));
}

void Span::SetError(std::string_view error_type, std::string_view description) {
  if (!impl_) return;
  impl_->span->SetStatus(otel::trace::StatusCode::kError, ToNostd(description));
  impl_->span->SetAttribute("error.type", ToNostd(error_type));
}

void Span::RecordException(const std::exception& exception) {
  if (!impl_) return;
  const std::string type = TypeName(&typeid(exception));
  const Attributes attributes{{"exception.type", type}, {"exception.message", exception.what()}};
  AddEvent("exception", attributes);
  SetError(type, exception.what());
}

void Span::RecordException(const std::exception_ptr& exception) {
  if (!impl_ || !exception) return;
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& known) {
    RecordException(known);
  } catch (...) {
    const std::string type = TypeName(abi::__cxa_current_exception_type());
    const Attributes attributes{{"exception.type", type}};
    AddEvent("exception", attributes);
    SetError(type, type);
  }
}

bool Span::AddLink(const SpanContext& to, const Attributes& attributes) {
  auto* const linkable = impl_ && to.valid() ? dynamic_cast<Linkable*>(impl_->span.get()) : nullptr;
  if (linkable == nullptr) return false;
  linkable->AddLink(ToOpenTelemetry(to, false), AttributesView(attributes));
  return true;
}

void Span::End() noexcept {
  if (!impl_ || impl_->ended) return;
  impl_->ended = true;
  impl_->span->End();
}

bool Span::recording() const noexcept { return impl_ && !impl_->ended && impl_->span->IsRecording(); }

SpanContext Span::span_context() const noexcept {
  return impl_ ? FromOpenTelemetry(impl_->span->GetContext()) : SpanContext();
}

Context Span::context() const {
  if (!impl_) return Context::Current();
  otel::context::Context value = impl_->parent.SetValue(otel::trace::kSpanKey, impl_->span);
  if (!impl_->route.empty()) value = WithRoute(value, impl_->route);
  Context context;
  Context::Access::Of(context) = std::move(value);
  return context;
}

}  // namespace guildscope::tracing
