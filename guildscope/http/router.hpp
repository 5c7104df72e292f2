#pragma once

#include <map>
#include <string>
#include <string_view>

#include "guildscope/http/message.hpp"

namespace guildscope::http {

/// Where a handler runs.
enum class Lane {
  kPool,    ///< On one of the server's handler threads: may read, wait and compute.
  kInline,  ///< On the thread that serves every socket: must answer in well under a millisecond and never wait.
};

/// Which handler answers a method and a path. An exact path wins over a prefix, a longer prefix over a shorter one.
///
/// Threads: Add before, Find from any after. Internal to the server.
class Router {
 public:
  struct Route {
    Handler handler;
    Lane lane = Lane::kPool;
  };

  struct Match {
    const Route* route = nullptr;  ///< Null when no handler answers.
    std::string allow;      ///< The methods of the path when only the method is wrong; empty for an unknown path.
    std::string_view tail;  ///< The part of `path` that a pattern's `*` stood for.
  };

  /// Throws std::invalid_argument for a method that is not upper case, a pattern that is neither `/exact/path` nor
  /// `/prefix/*`, an empty handler, or a second handler for the same method and pattern.
  void Add(std::string method, std::string pattern, Handler handler, Lane lane);

  [[nodiscard]] Match Find(std::string_view method, std::string_view path) const;

 private:
  using Methods = std::map<std::string, Route, std::less<>>;
  std::map<std::string, Methods, std::less<>> exact_;
  std::map<std::string, Methods, std::less<>> prefixes_;  // without the '*', so each ends in '/'
};

}  // namespace guildscope::http
