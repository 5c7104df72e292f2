#pragma once

#include <string>
#include <string_view>

#include "guildscope/instrumentation/database/dialect.hpp"

namespace guildscope::database {

/// A statement's text for `db.query.text`: every literal is a question mark (a list of them in IN is one), comments are
/// gone, space is single, the text is valid UTF-8 of at most 1,024 bytes. Parameters and names stay.
///
/// SQLite takes "x" for a string where no column has that name, so there a text in double quotes stays only where a
/// table's name stands.
///
/// Cost: about a microsecond for a usual statement. Threads: any.
[[nodiscard]] std::string Sanitize(std::string_view sql, Dialect dialect);

}  // namespace guildscope::database
