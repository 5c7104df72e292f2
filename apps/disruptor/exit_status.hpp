#pragma once

namespace disruptor {

/// How the program ends. The README has the same table.
enum class ExitStatus {
  kOk = 0,
  kFailed = 1,        ///< Something else; the message says what.
  kBadSettings = 2,   ///< The command line or the settings.
  kTokenRefused = 3,  ///< Discord does not know the token.
  kNoDatabase = 4,    ///< Not to be opened, not to be read, or of a newer schema.
  kPortInUse = 5,     ///< The HTTP server cannot listen.
  kNoDiscord = 6,     ///< Discord (or the stand-in) cannot be reached, or does not let the bot start.
};

}  // namespace disruptor
