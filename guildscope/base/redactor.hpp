#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace guildscope {

/// Replaces secrets wherever text leaves the process: log lines, span attributes, error messages.
///
/// Two kinds are found: values registered with AddSecret (the bot token, database passwords, API keys), and shapes
/// that are always secret: `Authorization` header values, the password of a `scheme://user:password@host` URL, the
/// token part of interaction and webhook routes. Each becomes `***`.
///
/// Cost: one pass per registered secret and one for the shapes; a text without any is returned as it came.
/// Threads: any; AddSecret may run beside Redact. Lifetime: nothing borrowed.
class Redactor {
 public:
  /// Values shorter than 4 characters are ignored: replacing them would destroy ordinary text.
  void AddSecret(std::string_view secret);

  [[nodiscard]] std::string Redact(std::string_view text) const;

 private:
  using Secrets = std::vector<std::string>;

  mutable std::mutex mutex_;
  std::shared_ptr<const Secrets> secrets_ = std::make_shared<Secrets>();  // guarded by mutex_, never changed in place
};

}  // namespace guildscope
