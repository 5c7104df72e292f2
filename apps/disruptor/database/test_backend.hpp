#pragma once

#include <filesystem>
#include <ostream>
#include <string>

#include "apps/disruptor/database/database.hpp"
#include "guildscope/testing/postgres_server.hpp"

namespace disruptor {

inline std::ostream& operator<<(std::ostream& out, Dialect dialect) {
  return out << (dialect == Dialect::kSqlite ? "Sqlite" : "Postgresql");
}

/// A folder that is removed at the end of the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "disruptor-database-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
    path_ = pattern;
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// An empty database of one kind or the other, so that a test says the same about both. The tests of one program share
/// a PostgreSQL server and have a database each.
class TestBackend {
 public:
  explicit TestBackend(Dialect dialect) {
    if (dialect == Dialect::kSqlite) {
      url_ = "sqlite:" + (folder_.path() / "bot.db").string();
      return;
    }
    static guildscope::testing::PostgresServer server;
    static int databases = 0;
    const std::string name = "bot" + std::to_string(++databases);
    guildscope::metrics::Registry registry;
    Database(server.Url(), {}, registry).Query("CREATE DATABASE " + name);
    url_ = server.Url(name);
  }
  [[nodiscard]] const std::string& Url() const noexcept { return url_; }

 private:
  TemporaryFolder folder_;
  std::string url_;
};

}  // namespace disruptor
