#pragma once

#include <span>

#include "guildscope/instrumentation/dpp/library_symbols.hpp"

/// What each source file with definitions in front of libdpp's has to offer.
///
/// Such a definition is a member function of D++'s own class, with D++'s signature, that does its part and forwards to
/// the next definition in the dynamic linker's order. They are weak, so that a program with a static D++ still links
/// (and then runs without them).
namespace guildscope::dpp {

[[nodiscard]] std::span<const Hook> RestHooks() noexcept;
[[nodiscard]] std::span<const Hook> QueueHooks() noexcept;
[[nodiscard]] std::span<const Hook> GatewayHooks() noexcept;
[[nodiscard]] std::span<const Hook> CommandHooks() noexcept;
[[nodiscard]] std::span<const Hook> ContextHooks() noexcept;
[[nodiscard]] std::span<const Hook> LifetimeHooks() noexcept;

}  // namespace guildscope::dpp
