#include "guildscope/export/endpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace guildscope::exporting {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct Grpc {
  const char* endpoint;
  bool insecure;
  const char* target;
  bool tls;
};

TEST(GrpcEndpoint, IsAHostAndAPortAndTlsWhereTheSchemeSaysSo) {
  for (const Grpc& c : {Grpc{"http://localhost:4317", false, "localhost:4317", false},
                        {"https://collector.example:4317", true, "collector.example:4317", true},
                        {"HTTPS://collector.example", true, "collector.example:443", true},
                        {"http://collector.example/", false, "collector.example:80", false},
                        {"http://[::1]:4317/path", true, "[::1]:4317", false},
                        {"http://[::1]", true, "[::1]:80", false},
                        {"https://user:password@host:1", true, "host:1", true},
                        {"collector:4317", true, "collector:4317", false},
                        {"collector:4317", false, "collector:4317", true},
                        {"unix:/run/otel.sock", true, "unix:/run/otel.sock", false},
                        {"dns:///collector:4317", true, "dns:///collector:4317", false}}) {
    const GrpcEndpoint endpoint = ParseGrpcEndpoint(c.endpoint, c.insecure);
    EXPECT_EQ(endpoint.target, c.target) << c.endpoint;
    EXPECT_EQ(endpoint.tls, c.tls) << c.endpoint;
  }
}

std::string ErrorOf(void (*parse)(std::string_view), std::string_view endpoint) {
  try {
    parse(endpoint);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Endpoint, ThatIsNoneIsQuotedWithoutItsPassword) {
  const auto grpc = [](std::string_view endpoint) { (void)ParseGrpcEndpoint(endpoint, true); };
  EXPECT_THAT(ErrorOf(grpc, ""), HasSubstr("accepted: http://host:port, https://host:port or host:port"));
  EXPECT_THAT(ErrorOf(grpc, "ftp://user:hunter2@host"), AllOf(HasSubstr("'ftp://host'"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(ErrorOf(grpc, "http://:4317"), HasSubstr("'http://:4317'"));
  for (const char* endpoint : {"", "localhost:4318", "ftp://host/v1/traces", "http:///v1/traces", "http://:1/"}) {
    EXPECT_THAT(ErrorOf(&CheckHttpEndpoint, endpoint), HasSubstr("http://localhost:4318/v1/traces")) << endpoint;
  }
  EXPECT_EQ(ErrorOf(&CheckHttpEndpoint, "https://user:password@host/v1/traces?x=1"), "accepted");
}

TEST(Endpoint, IsShownWithoutCredentials) {
  EXPECT_EQ(WithoutCredentials("https://user:password@host:1/path"), "https://host:1/path");
  EXPECT_EQ(WithoutCredentials("http://host/a@b"), "http://host/a@b");
  EXPECT_EQ(WithoutCredentials("host:4317"), "host:4317");
}

}  // namespace
}  // namespace guildscope::exporting
