#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "guildscope/instrumentation/database/dialect.hpp"

namespace guildscope::database {

/// What the telemetry says about a statement's text.
struct Statement {
  /// One of a closed list (SELECT, INSERT, CREATE, BEGIN, PRAGMA, ...); OTHER for what is not in it.
  std::string_view operation = "OTHER";
  /// The first table of the outermost statement, without its schema; empty when there is none. Lower case unless it is
  /// quoted, as the databases themselves compare names.
  std::string table;
  /// `{operation} {table}` of each statement in the text, joined by spaces, at most 255 bytes.
  std::string summary;
};

/// Reads the operation and the table out of a text that may hold anything: comments, quoted and qualified names, common
/// table expressions, subqueries, several statements (the first one counts), no SQL at all. A literal is never taken
/// for a name. Of a very long text the beginning is read.
///
/// Cost: about a microsecond for a usual statement; StatementRecorder keeps what it has seen. Threads: any.
[[nodiscard]] Statement ParseStatement(std::string_view sql, Dialect dialect);

}  // namespace guildscope::database
