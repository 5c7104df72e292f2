#include "guildscope/http/router.hpp"

#include <algorithm>
#include <stdexcept>

namespace guildscope::http {
namespace {

std::string Allow(const auto& methods) {
  std::string allow;
  const auto add = [&](std::string_view method) {
    if (!allow.empty()) allow += ", ";
    allow += method;
  };
  for (const auto& [method, route] : methods) {
    add(method);
    if (method == "GET") add("HEAD");
  }
  return allow;
}

}  // namespace

void Router::Add(std::string method, std::string pattern, Handler handler, Lane lane) {
  const bool upper = !method.empty() && std::ranges::all_of(method, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!upper || method == "HEAD") {
    throw std::invalid_argument("method '" + method + "': accepted are upper-case methods; HEAD is answered by GET's");
  }
  const bool prefix = pattern.ends_with("/*");
  if (prefix) pattern.pop_back();
  if (!pattern.starts_with('/') || pattern.find('*') != pattern.npos) {
    throw std::invalid_argument("path '" + pattern + "': accepted are '/exact/path' and '/prefix/*'");
  }
  if (!handler) throw std::invalid_argument(method + " " + pattern + ": the handler is empty");
  auto& methods = (prefix ? prefixes_ : exact_)[pattern];
  if (!methods.emplace(method, Route{std::move(handler), lane}).second) {
    throw std::invalid_argument(method + " " + pattern + ": has a handler already");
  }
}

Router::Match Router::Find(std::string_view method, std::string_view path) const {
  const Methods* methods = nullptr;
  Match match;
  if (const auto found = exact_.find(path); found != exact_.end()) {
    methods = &found->second;
  } else {
    // '/' ends every prefix, so cutting the path at each '/' from the right meets the longest one first.
    for (auto end = path.rfind('/'); end != path.npos && !methods;
         end = end == 0 ? path.npos : path.rfind('/', end - 1)) {
      if (const auto prefix = prefixes_.find(path.substr(0, end + 1)); prefix != prefixes_.end()) {
        methods = &prefix->second;
        match.tail = path.substr(end + 1);
      }
    }
  }
  if (!methods) return match;
  if (const auto route = methods->find(method); route != methods->end()) {
    match.route = &route->second;
  } else {
    match.allow = Allow(*methods);
  }
  return match;
}

}  // namespace guildscope::http
