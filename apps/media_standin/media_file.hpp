#pragma once

#include "apps/media_standin/catalogue.hpp"
#include "guildscope/http/message.hpp"

namespace media_standin {

/// A song's audio, or the part of it that `Range` asks for (RFC 9110, section 14: one range of bytes; several get the
/// whole file). Cost: makes the whole file each time.
[[nodiscard]] guildscope::http::Response ServeMedia(const guildscope::http::Request& request, const Song& song);

}  // namespace media_standin
