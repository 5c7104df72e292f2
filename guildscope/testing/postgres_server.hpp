#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "guildscope/testing/process.hpp"

namespace guildscope::testing {

struct PostgresOptions {
  /// Of the superuser `postgres`. Every connection needs it, as on a real server.
  std::string password = "a real password";
  /// Lines of postgresql.conf, such as {"log_statement", "all"}. They win over what this class sets.
  std::map<std::string, std::string> settings{};
};

/// A real PostgreSQL server of Debian's package, in a temporary directory, on 127.0.0.1 and a port of its own. It keeps
/// no promise about a power cut (fsync is off), which makes it fast.
///
/// Root may not run a server: then it runs as the user postgres (or nobody).
/// Cost: about a second, most of it initdb. Threads: see Process. Lifetime: the destructor stops it and removes all.
class PostgresServer {
 public:
  /// Returns when the server takes connections. Throws std::runtime_error with what initdb or the server said.
  explicit PostgresServer(PostgresOptions options = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  /// postgresql://user:password@127.0.0.1:port/database
  [[nodiscard]] std::string Url(const std::string& database = "postgres") const;
  [[nodiscard]] std::string UrlFor(const std::string& user, const std::string& password,
                                   const std::string& database = "postgres") const;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  /// Everything that the server logged since it was last started.
  [[nodiscard]] std::string Log() const;
  /// Waits until the log holds this text: the server writes it a little after it answers. False when it does not.
  [[nodiscard]] bool WaitForLog(const std::string& text);

  /// Ends every session and the server, as a restart does. The data and the port stay.
  void Stop();
  void Start();

 private:
  void InitializeData();
  void Configure();
  bool TryStart();

  PostgresOptions options_;
  std::filesystem::path programs_;
  std::filesystem::path directory_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> server_;
};

}  // namespace guildscope::testing
