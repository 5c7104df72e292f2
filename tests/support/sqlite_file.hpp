#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace guildscope::testing {

/// The bot's database, opened beside the bot: to look into it, and to break it.
class SqliteFile {
 public:
  explicit SqliteFile(const std::filesystem::path& file) {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(file.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr);
    handle_.reset(handle);
    if (code != SQLITE_OK) throw std::runtime_error("cannot open " + file.string());
    sqlite3_busy_timeout(handle, 30'000);
  }

  /// Runs statements; returns the first value of the last row, empty when there is none.
  std::string Run(const std::string& sql) {
    std::string value;
    char* message = nullptr;
    const auto keep = [](void* into, int columns, char** values, char**) {
      if (columns > 0 && values[0] != nullptr) *static_cast<std::string*>(into) = values[0];
      return 0;
    };
    if (sqlite3_exec(handle_.get(), sql.c_str(), keep, &value, &message) != SQLITE_OK) {
      const std::string error = message == nullptr ? "unknown" : message;
      sqlite3_free(message);
      throw std::runtime_error(sql + ": " + error);
    }
    return value;
  }

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace guildscope::testing
