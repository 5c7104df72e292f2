#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace guildscope::profiling {

/// A folder in the place of /proc, with the files that a test puts there.
class FakeProc {
 public:
  FakeProc() { std::filesystem::create_directories(root_); }
  ~FakeProc() { std::filesystem::remove_all(root_); }
  FakeProc(const FakeProc&) = delete;
  FakeProc& operator=(const FakeProc&) = delete;

  [[nodiscard]] std::string root() const { return root_.string(); }

  void Write(const std::string& path, std::string_view text) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  void Remove(const std::string& path) const { std::filesystem::remove_all(root_ / path); }

 private:
  const std::filesystem::path root_ =
      std::filesystem::path(::testing::TempDir()) / ("guildscope_proc_" + std::to_string(getpid()));
};

}  // namespace guildscope::profiling
