#pragma once

namespace guildscope::testing {

/// Whether this was compiled for a sanitizer that has a malloc and signal handlers of its own: what a process takes of
/// memory says nothing then, how it ends is the sanitizer's way, and everything takes several times as long.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace guildscope::testing
