#pragma once

#include <gtest/gtest.h>
#include <opentelemetry/logs/provider.h>
#include <opentelemetry/sdk/logs/logger_provider.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>

#include "guildscope/logging/collected_records.hpp"
#include "guildscope/logging/logging.hpp"
#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/tracing/context.hpp"

namespace guildscope::logging {

/// A folder for log files, and what OpenTelemetry is given, for one test.
class LoggingTest : public ::testing::Test {
 protected:
  LoggingTest() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(::testing::TempDir()) / ("guildscope_log_" + std::to_string(getpid()) + test->name());
    options_.log_dir = path_.string();
    opentelemetry::logs::Provider::SetLoggerProvider(
        opentelemetry::nostd::shared_ptr<opentelemetry::logs::LoggerProvider>(
            new opentelemetry::sdk::logs::LoggerProvider(std::make_unique<CollectingProcessor>(collected_))));
  }
  ~LoggingTest() override {
    opentelemetry::logs::Provider::SetLoggerProvider({});
    std::filesystem::remove_all(path_);
  }

  [[nodiscard]] std::string File(const std::string& name) const {
    std::ifstream file(path_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// What the console and the files got of it is written when this returns.
  static std::string Console(Logging& logging, const std::function<void()>& work) {
    ::testing::internal::CaptureStderr();
    work();
    EXPECT_TRUE(logging.Flush(std::chrono::seconds(30)));
    return ::testing::internal::GetCapturedStderr();
  }
  static tracing::Context Traced() {
    tracing::SpanContext span;
    span.trace_id.fill(0xab);
    span.span_id.fill(0x01);
    span.sampled = true;
    return tracing::Context::FromRemote(span);
  }

  std::filesystem::path path_;
  LoggingOptions options_;
  std::shared_ptr<Redactor> redactor_ = std::make_shared<Redactor>();
  testing::FakeClock clock_;
  std::shared_ptr<CollectedRecords> collected_ = std::make_shared<CollectedRecords>();
};

}  // namespace guildscope::logging
