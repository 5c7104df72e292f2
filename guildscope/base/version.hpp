#pragma once

#include <string_view>

/// What was built. Fixed at build time.
namespace guildscope {

/// `0.1.0`.
[[nodiscard]] std::string_view Version() noexcept;

/// The abbreviated commit; `unknown` when it was built outside a checkout.
[[nodiscard]] std::string_view Commit() noexcept;

/// `gcc 12.2.0`.
[[nodiscard]] std::string_view Compiler() noexcept;

}  // namespace guildscope
