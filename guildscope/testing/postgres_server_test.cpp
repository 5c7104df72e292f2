#include "guildscope/testing/postgres_server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace guildscope::testing {
namespace {

bool Listens(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const bool listens = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return listens;
}

TEST(PostgresServer, ListensUntilItIsStoppedAndAgainWhenItIsStarted) {
  PostgresServer server;
  EXPECT_TRUE(Listens(server.port()));
  server.Stop();
  EXPECT_FALSE(Listens(server.port()));
  server.Start();
  EXPECT_TRUE(Listens(server.port()));
}

TEST(PostgresServer, SaysWhatIsWrongWithASetting) {
  try {
    const PostgresServer server({.settings = {{"work_mem", "plenty"}}});
    FAIL() << "it started";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("work_mem"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace guildscope::testing
