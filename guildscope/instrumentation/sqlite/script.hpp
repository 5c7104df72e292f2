#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace guildscope::sqlite {

/// The statements of a text, each with the semicolon that ends it; a trigger is one. What follows the last semicolon is
/// one, too, even if it is not complete. Space and comments alone are none.
[[nodiscard]] std::vector<std::string> SplitScript(std::string_view sql);

}  // namespace guildscope::sqlite
