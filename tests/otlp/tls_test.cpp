#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "guildscope/testing/process.hpp"
#include "tests/otlp/https_collector.hpp"
#include "tests/otlp/telemetry_to.hpp"

namespace guildscope {
namespace {

using config::OtlpProtocol;
using testing::OtlpReceiver;

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// An authority, and a server's and a client's certificate that it signed, in a folder of their own.
class Tls : public ::testing::Test {
 protected:
  Tls() : folder_(std::filesystem::temp_directory_path() / ("guildscope-tls-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    Openssl({"-x509", "-keyout", Path("ca.key"), "-out", Path("ca.pem"), "-subj", "/CN=test authority"});
    for (const std::string name : {"server", "client"}) {
      Openssl({"-x509", "-CA", Path("ca.pem"), "-CAkey", Path("ca.key"), "-keyout", Path(name + ".key"), "-out",
               Path(name + ".pem"), "-subj", "/CN=" + name, "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
               "-addext", "basicConstraints=critical,CA:FALSE"});
    }
  }
  ~Tls() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& file) const { return (folder_ / file).string(); }
  std::string Text(const std::string& file) const { return ReadText(folder_ / file); }

  static void Openssl(std::vector<std::string> arguments) {
    std::vector<std::string> command{"openssl", "req",   "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                                     "-nodes",  "-days", "2"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    testing::Process process({.command = command});
    const auto end = process.Wait(kPatience);
    if (!end || end->exit_status != 0) throw std::runtime_error("openssl: " + process.Errors());
  }

  /// Sends a span alone; true when it was delivered.
  static bool Deliver(config::TelemetryOptions options) {
    options.metrics.exporter = options.logs.exporter = config::Exporter::kNone;
    options.traces.batch.export_timeout = std::chrono::seconds(2);  // a refused handshake is tried again until then
    Telemetry telemetry(options);
    telemetry.tracer().Start("over TLS").End();
    return telemetry.Flush(kPatience);
  }

  const std::filesystem::path folder_;
};

TEST_F(Tls, GrpcTrustsTheCertificateFileAndNothingElse) {
  OtlpReceiver receiver({.certificate = Text("server.pem"), .private_key = Text("server.key")});
  config::TelemetryOptions options = OptionsFor(receiver, OtlpProtocol::kGrpc);
  EXPECT_FALSE(Deliver(options)) << "the system does not know this authority";
  options.traces.otlp.certificate_file = Path("ca.pem");
  EXPECT_TRUE(Deliver(options));
  EXPECT_EQ(receiver.store().span_count(), 1);
}

TEST_F(Tls, GrpcShowsTheClientsCertificate) {
  OtlpReceiver receiver(
      {.certificate = Text("server.pem"), .private_key = Text("server.key"), .client_authorities = Text("ca.pem")});
  config::TelemetryOptions options = OptionsFor(receiver, OtlpProtocol::kGrpc);
  options.traces.otlp.certificate_file = Path("ca.pem");
  EXPECT_FALSE(Deliver(options)) << "the receiver insists on one";
  options.traces.otlp.client_certificate_file = Path("client.pem");
  options.traces.otlp.client_key_file = Path("client.key");
  EXPECT_TRUE(Deliver(options));
}

TEST_F(Tls, GrpcIsEncryptedWhereTheEndpointHasNoSchemeUnlessToldOtherwise) {
  OtlpReceiver encrypted({.certificate = Text("server.pem"), .private_key = Text("server.key")});
  OtlpReceiver plain;
  const auto deliver = [this](const OtlpReceiver& receiver, bool insecure) {
    config::TelemetryOptions options = OptionsFor(receiver, OtlpProtocol::kGrpc);
    options.traces.otlp.endpoint = "127.0.0.1:" + std::to_string(receiver.grpc_port());
    options.traces.otlp.certificate_file = Path("ca.pem");
    if (insecure) options.traces.otlp.insecure = true;
    return Deliver(options);
  };
  EXPECT_TRUE(deliver(encrypted, false));
  EXPECT_FALSE(deliver(plain, false));
  EXPECT_TRUE(deliver(plain, true));
}

TEST_F(Tls, HttpTrustsTheCertificateFileAndShowsTheClientsCertificate) {
  HttpsCollector collector(Path("server.pem"), Path("server.key"), Path("ca.pem"));
  OtlpReceiver unused;
  config::TelemetryOptions options = OptionsFor(unused, OtlpProtocol::kHttpProtobuf);
  options.traces.otlp.endpoint = collector.url();
  EXPECT_FALSE(Deliver(options)) << "the system does not know this authority";
  options.traces.otlp.certificate_file = Path("ca.pem");
  EXPECT_FALSE(Deliver(options)) << "the collector insists on a client's certificate";
  EXPECT_EQ(collector.requests(), 0);
  options.traces.otlp.client_certificate_file = Path("client.pem");
  options.traces.otlp.client_key_file = Path("client.key");
  EXPECT_TRUE(Deliver(options));
  EXPECT_EQ(collector.requests(), 1);
}

}  // namespace
}  // namespace guildscope
