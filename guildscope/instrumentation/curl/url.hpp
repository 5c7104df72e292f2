#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "guildscope/base/redactor.hpp"

namespace guildscope::curl {

/// An `http` or `https` URL in the parts that matter here.
struct Url {
  std::string text;    ///< As it is sent: without fragment. May hold secrets.
  std::string scheme;  ///< In lower case.
  std::string host;    ///< In lower case; an IPv6 address without brackets.
  int port = 0;

  /// The same scheme, host and port.
  [[nodiscard]] bool SameOrigin(const Url& other) const noexcept;
};

/// Nothing when the text is no URL, or of another protocol.
[[nodiscard]] std::optional<Url> ParseUrl(const std::string& text);

/// Where a `Location` leads, seen from `base`. Nothing for another protocol.
[[nodiscard]] std::optional<Url> Resolve(const Url& base, const std::string& location);

/// The URL as telemetry may show it: user and password, the values of parameters whose names say that they are secret
/// (`key`, `api_key`, `access_token`, `X-Amz-Signature`, `password`, `auth`, …) and every registered secret,
/// percent-encoded or not, become `REDACTED`; the fragment goes.
[[nodiscard]] std::string PublicUrl(const std::string& url, const Redactor& redactor);

/// Whether a query parameter of this name holds a secret. Rather once too often.
[[nodiscard]] bool NamesASecret(std::string_view parameter);

}  // namespace guildscope::curl
