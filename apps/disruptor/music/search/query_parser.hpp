#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/disruptor/music/media.hpp"

namespace disruptor::music {

struct ParseOptions {
  std::size_t max_words = 200;  ///< Characters of search words.
  std::size_t max_url = 2'000;  ///< Bytes of a URL.
  /// Let URLs lead to the bot's own machine and its network. Only where everybody who may use the bot may reach them
  /// anyway, and for trying things out.
  bool allow_private_addresses = false;
  std::vector<std::string> sounds{};  ///< The files in the sounds folder: ListSounds.
};

/// A text of a user, understood: either the query, or why not.
struct ParsedQuery {
  std::optional<Query> query;
  std::string refusal;  ///< For the user; empty when there is a query.
};

/// What the text of a /play means. In this order: a file in the sounds folder (its name, or its name without
/// extension), a YouTube video or playlist, a Spotify track, album or playlist (link or `spotify:track:ID`), another
/// URL, search words. Sites that are known well may come without `https://`; `<` and `>` around a URL, which Discord's
/// users put there to have no preview, go.
///
/// A video that was opened inside a playlist is the video alone. Asks nobody, no name server either.
///
/// Cost: microseconds. Threads: any.
[[nodiscard]] ParsedQuery ParseQuery(std::string_view text, const ParseOptions& options);

/// Why the bot does not go to a URL, for the user; empty when it does. `url` becomes what is to be asked for: without
/// fragment, and with the host in one spelling.
///
/// Refused: other schemes, a user or a password, hosts outside of ASCII (to be written as `xn--…`), what parsers read
/// differently (a backslash, spaces, control characters), and IsPrivateHost unless allowed.
///
/// This is no wall around the bot's network. A public name may have a private address, and a public server may redirect
/// yt-dlp anywhere, since it follows by itself. Where that matters, the bot's machine must not reach what it should
/// not: a firewall, or a network or a proxy of its own (yt-dlp's `--proxy`).
[[nodiscard]] std::string RefuseUrl(std::string& url, const ParseOptions& options);

}  // namespace disruptor::music
