#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "guildscope/telemetry/telemetry.hpp"
#include "tests/console/browser.hpp"
#include "tests/support/world.hpp"

namespace guildscope {

inline std::string ReadAll(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A page of a browser that all tests of a suite share, and a process' telemetry for it to look at: this one's.
class PageTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { browser_ = std::make_unique<testing::Browser>(); }
  static void TearDownTestSuite() { browser_.reset(); }

  PageTest() {
    std::filesystem::remove_all(folder_);
    options_.health_server.port = 0;
    options_.service_name = "quizbot";
    options_.logging.log_dir = folder_.string();
    page_ = browser_->NewPage();
  }
  ~PageTest() override { std::filesystem::remove_all(folder_); }

  /// The process is ready, and the page shows that.
  void Open(const Clock& clock = RealClock()) {
    telemetry_ = std::make_unique<Telemetry>(options_, nullptr, clock);
    telemetry_->health().SetReady();
    (void)telemetry_->logger("music");
    page_->Open(Url());
    page_->Expect("document.getElementById('state').textContent === 'ready'");
    page_->Expect(Row("music"));
  }

  [[nodiscard]] std::string Url(const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(telemetry_->port()) + "/";
  }
  /// Expressions: a logger's row, the level it shows, and the level chosen there as if a person had.
  [[nodiscard]] static std::string Row(const std::string& logger) {
    return "document.querySelector('[data-logger=\"" + logger + "\"]')";
  }
  [[nodiscard]] static std::string Level(const std::string& logger) {
    return Row(logger) + "?.querySelector('select').value";
  }
  [[nodiscard]] static std::string Choose(const std::string& logger, const std::string& level) {
    return "{const select = " + Row(logger) + ".querySelector('select'); select.value = '" + level +
           "'; select.dispatchEvent(new Event('change'))}";
  }

  [[nodiscard]] logging::Level LevelOf(const std::string& logger) const {
    for (const auto& report : telemetry_->logging().Loggers()) {
      if (report.name == logger) return report.level;
    }
    return logging::Level::kOff;
  }

  static inline std::unique_ptr<testing::Browser> browser_;
  const std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / ("console_" + std::to_string(::getpid()));
  config::TelemetryOptions options_;
  std::unique_ptr<Telemetry> telemetry_;
  std::unique_ptr<testing::Page> page_;
};

}  // namespace guildscope
