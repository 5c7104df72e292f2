#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "guildscope/testing/process.hpp"

namespace disruptor {

/// What a program that had to end left behind.
struct Ending {
  int status = -1;
  std::string output;
  std::string errors;
};

/// A folder of its own, and programs that are run in it until they end.
class BadInput : public ::testing::Test {
 protected:
  static constexpr std::chrono::seconds kLimit{120};
  static constexpr const char* kToken = "MTIzNDU2.test-token-that-must-never-be-seen";

  BadInput() {
    std::string name = (std::filesystem::temp_directory_path() / "guildscope-bad-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    folder_ = name;
  }
  ~BadInput() override { std::filesystem::remove_all(folder_); }

  static Ending Run(const std::vector<std::string>& command, std::map<std::string, std::string> environment = {}) {
    environment.try_emplace("DISCORD_TOKEN", "");
    environment.try_emplace("OTEL_EXPORTER_OTLP_ENDPOINT", "");
    guildscope::testing::Process process({.command = command, .environment = std::move(environment)});
    const auto end = process.Wait(kLimit);
    EXPECT_TRUE(end.has_value()) << command.front() << " still runs";
    const Ending ending{end ? end->exit_status : -1, process.Output(), process.Errors()};
    EXPECT_EQ((ending.output + ending.errors).find(kToken), std::string::npos) << "the token was shown";
    return ending;
  }

  /// The bot with these settings, which come through its file.
  [[nodiscard]] Ending RunBot(const std::string& yaml,
                              const std::map<std::string, std::string>& environment = {}) const {
    return Run({PROGRAMS "/disruptor", "--config", Write("bot.yaml", yaml)}, environment);
  }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }
  [[nodiscard]] std::string Read(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path folder_;
};

}  // namespace disruptor
