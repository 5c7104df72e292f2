#pragma once

#include <span>
#include <string_view>

namespace guildscope {

/// A file of the folder `web`, as it was when the library was built.
struct ConsoleAsset {
  std::string_view name;  ///< `index.html`
  std::string_view content_type;
  std::string_view hash;  ///< Of the content, in hexadecimal digits.
  std::string_view content;
};

/// All of them. The source is made by cmake/embed_console.cmake.
[[nodiscard]] std::span<const ConsoleAsset> ConsoleAssets();

}  // namespace guildscope
