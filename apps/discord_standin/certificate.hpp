#pragma once

#include <string>

namespace standin {

/// A certificate authority made for one run, and the certificate it signed for Discord's host names and loopback.
struct Certificates {
  std::string authority_pem;    ///< What clients trust, as SSL_CERT_FILE.
  std::string certificate_pem;  ///< The server's.
  std::string key_pem;          ///< The server's private key: never written to disk.
};

/// Makes both with EC P-256 keys, valid for two days. Cost: a few milliseconds. Throws std::runtime_error with
/// OpenSSL's reason.
[[nodiscard]] Certificates MakeCertificates();

}  // namespace standin
