#include "apps/discord_standin/certificate.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace standin {
namespace {

constexpr long kVersion3 = 2;
constexpr long kClockSkewSeconds = 3'600;
constexpr long kLifeSeconds = 2L * 24 * 3'600;
constexpr char kNames[] =
    "DNS:discord.com,DNS:gateway.discord.gg,DNS:discord.gg,DNS:*.discord.gg,DNS:*.discord.media,"
    "DNS:cdn.discordapp.com,DNS:localhost,IP:127.0.0.1,IP:::1";

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

void Check(bool ok, const char* what) {
  if (ok) return;
  char reason[256];
  ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
  throw std::runtime_error(std::string("cannot make a certificate: ") + what + ": " + reason);
}

Key MakeKey() {
  Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  Check(key != nullptr, "key");
  return key;
}

void AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  Check(extension != nullptr, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate MakeUnsigned(const char* common_name, EVP_PKEY* key) {
  Certificate certificate(X509_new(), X509_free);
  Check(certificate != nullptr, "X509_new");
  X509_set_version(certificate.get(), kVersion3);
  // Random, because clients reject two certificates of one issuer with one serial number.
  unsigned char serial[8];
  Check(RAND_bytes(serial, sizeof serial) == 1, "RAND_bytes");
  serial[0] &= 0x7FU;
  BIGNUM* number = BN_bin2bn(serial, sizeof serial, nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kClockSkewSeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kLifeSeconds);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name), -1, -1, 0);
  Check(X509_set_pubkey(certificate.get(), key) == 1, "X509_set_pubkey");
  return certificate;
}

void Sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  Check(X509_sign(certificate, issuer_key, EVP_sha256()) > 0, "X509_sign");
}

template <typename Write>
std::string ToPem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  Check(memory != nullptr && write(memory.get()) == 1, "PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string ToPem(X509* certificate) {
  return ToPem([&](BIO* memory) { return PEM_write_bio_X509(memory, certificate); });
}

}  // namespace

Certificates MakeCertificates() {
  const Key authority_key = MakeKey();
  const Certificate authority = MakeUnsigned("discord-standin authority", authority_key.get());
  AddExtension(authority.get(), authority.get(), NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(authority.get(), authority.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  AddExtension(authority.get(), authority.get(), NID_subject_key_identifier, "hash");
  Sign(authority.get(), authority.get(), authority_key.get());

  const Key key = MakeKey();
  const Certificate leaf = MakeUnsigned("discord.com", key.get());
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(authority.get()));
  AddExtension(leaf.get(), authority.get(), NID_basic_constraints, "critical,CA:FALSE");
  AddExtension(leaf.get(), authority.get(), NID_key_usage, "critical,digitalSignature");
  AddExtension(leaf.get(), authority.get(), NID_ext_key_usage, "serverAuth");
  AddExtension(leaf.get(), authority.get(), NID_authority_key_identifier, "keyid");
  AddExtension(leaf.get(), authority.get(), NID_subject_alt_name, kNames);
  Sign(leaf.get(), authority.get(), authority_key.get());

  return {ToPem(authority.get()), ToPem(leaf.get()),
          ToPem([&](BIO* m) { return PEM_write_bio_PrivateKey(m, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
}

}  // namespace standin
