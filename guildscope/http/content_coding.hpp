#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "guildscope/base/byte_chain.hpp"

namespace guildscope::http {

/// Whether an Accept-Encoding header's value lets the answer be gzip, and does not prefer it as it is (RFC
/// 9110, 12.5.3). An empty value (no header) does not.
[[nodiscard]] bool AcceptsGzip(std::string_view accept_encoding) noexcept;

/// Whether text of this media type becomes smaller: text, JSON, XML, scripts, protocol buffers; not pictures, sound or
/// archives.
[[nodiscard]] bool IsCompressible(std::string_view content_type) noexcept;

/// Compresses. Cost: about 1 ms a megabyte of metrics text.
[[nodiscard]] std::string Gzip(std::string_view plain);
/// The same, chunk by chunk.
[[nodiscard]] ByteChain Gzip(const ByteChain& plain);

enum class GunzipError { kBroken, kTooLarge };

/// Decompresses a whole gzip stream, unless the result would be longer than `max_bytes`.
/// On failure returns nullopt and tells why in `error`.
[[nodiscard]] std::optional<std::string> Gunzip(std::string_view compressed, std::size_t max_bytes, GunzipError& error);

}  // namespace guildscope::http
