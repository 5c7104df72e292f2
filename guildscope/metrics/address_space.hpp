#pragma once

#include <cstddef>

namespace guildscope::metrics::internal {

/// Zeroed memory of which only what is touched costs any: the kernel gives a page at its first use. Arrays that must
/// never move, because threads read them without a lock, are made of it. Null when there is no address space left.
[[nodiscard]] void* ReserveAddressSpace(std::size_t bytes) noexcept;
void ReleaseAddressSpace(void* memory, std::size_t bytes) noexcept;

}  // namespace guildscope::metrics::internal
