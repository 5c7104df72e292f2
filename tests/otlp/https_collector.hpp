#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace guildscope {

/// Answers every POST over TLS with 200 and an empty body, to clients that show a certificate.
class HttpsCollector {
 public:
  /// PEM files.
  HttpsCollector(const std::string& certificate, const std::string& key, const std::string& client_authorities);
  ~HttpsCollector();

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint64_t requests() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope
