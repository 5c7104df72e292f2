#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace guildscope::dpp {

/// A function of libdpp in front of which this library defines its own.
struct Hook {
  /// The mangled name, or its beginning where the rest depends on the version of a third library.
  const char* symbol;
  /// What is missing from the telemetry when it is not live.
  const char* provides;
};

/// Whether libdpp calls our definition: libdpp is a shared object, refers to the function through a relocation (so that
/// it can be preempted), and the dynamic linker resolves that name to this library.
///
/// Cost: reads libdpp's relocations, about 100 us. Threads: any.
[[nodiscard]] bool IsLive(const Hook& hook);

/// The full name under which libdpp refers to a symbol that begins so; empty when it does not.
[[nodiscard]] std::string FindLibrarySymbol(std::string_view beginning);

/// Every hook there is. Naming them here is also what makes a linker take their object files from a static library.
[[nodiscard]] std::vector<Hook> AllHooks();

}  // namespace guildscope::dpp
