#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "guildscope/flight_recorder/recorder.hpp"
#include "guildscope/flight_recorder/recording.hpp"
#include "guildscope/flight_recorder/recordings.hpp"

namespace guildscope::flight {

/// An encoded Span with these ids and this name.
inline std::string Span(std::uint64_t id, const std::string& name = "command play") {
  std::string trace_id(16, 't');
  std::string span_id(8, '\0');
  std::memcpy(span_id.data(), &id, sizeof id);
  return "\x0a\x10" + trace_id + "\x12\x08" + span_id + "\x2a" + static_cast<char>(name.size()) + name;
}

/// An encoded LogRecord with this body, which may have any length.
inline std::string Log(const std::string& text) { return "\x2a" + text; }

inline std::vector<std::string> BodiesOf(const std::vector<RecordedItem>& items) {
  std::vector<std::string> bodies;
  for (const RecordedItem& item : items) bodies.push_back(item.body);
  return bodies;
}

inline std::string ReadAll(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A recorder in a directory of its own.
class FlightFixture : public ::testing::Test {
 protected:
  FlightFixture() {
    static int number = 0;
    options_.directory = std::filesystem::path(::testing::TempDir()) /
                         ("flight_" + std::to_string(getpid()) + "_" + std::to_string(++number));
    options_.max_bytes = 256 * 1024;
    options_.crash_handler = false;
    options_.service_name = "bot";
    options_.instance_id = "one";
    options_.resource = "the resource";
  }
  ~FlightFixture() override { std::filesystem::remove_all(options_.directory); }

  [[nodiscard]] std::unique_ptr<Recorder> Start() {
    return std::make_unique<Recorder>(options_, redactor_, [this](Kind, std::string_view body) {
      if (clean_fails_) throw std::runtime_error("no memory");
      return redactor_->Redact(body);
    });
  }

  RecorderOptions options_;
  std::shared_ptr<Redactor> redactor_ = std::make_shared<Redactor>();
  bool clean_fails_ = false;
};

}  // namespace guildscope::flight
