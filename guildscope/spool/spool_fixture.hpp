#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "guildscope/spool/spool.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::spool {

/// A spool of two lanes in a folder that goes with the test.
class SpoolTest : public ::testing::Test {
 protected:
  SpoolTest() {
    std::string pattern = ::testing::TempDir() + "spool_XXXXXX";
    root_ = mkdtemp(pattern.data());
    options_.directory = (root_ / "spool").string();
    options_.max_bytes = 1024 * 1024;
    options_.compress = false;
    options_.fsync = Fsync::kNever;
  }
  ~SpoolTest() override {
    spool_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  Spool& Start() {
    spool_.reset();
    for (auto& lane : lost_) std::fill(std::begin(lane), std::end(lane), 0);
    found_ = {0, 0};
    spool_ = std::make_unique<Spool>(options_, std::vector<std::string>{"a", "b"}, clock_);
    for (std::size_t lane = 0; lane < 2; ++lane) {
      spool_->SetEvents(
          lane, {.found = [this, lane](std::uint64_t items) { found_[lane] += items; },
                 .lost = [this, lane](Lost why,
                                      std::uint64_t items) { lost_[lane][static_cast<std::size_t>(why)] += items; }});
    }
    return *spool_;
  }

  /// What the lane gives from now on, each settled.
  std::vector<std::string> Drain(std::size_t lane = 0) {
    std::vector<std::string> texts;
    while (const auto record = spool_->Front(lane)) {
      texts.push_back(record->bytes);
      items_ += record->items;
      EXPECT_TRUE(spool_->Settle(lane));
    }
    return texts;
  }

  std::uint64_t lost(Lost why, std::size_t lane = 0) const { return lost_[lane][static_cast<std::size_t>(why)]; }

  std::vector<std::filesystem::path> Segments() const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(options_.directory)) {
      if (entry.path().filename().string().size() > 20 && entry.path().extension() != ".position") {
        files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
    return files;
  }

  static std::string Read(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  static void Write(const std::filesystem::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
  }

  /// As the folder looks to the next process when this one is killed now.
  void Crash() {
    const auto copy = root_ / ("spool" + std::to_string(++crashes_));
    std::filesystem::copy(options_.directory, copy);
    options_.directory = copy.string();
  }

  guildscope::testing::FakeClock clock_;
  std::filesystem::path root_;
  Options options_;
  std::unique_ptr<Spool> spool_;
  std::uint64_t lost_[2][2] = {};
  std::vector<std::uint64_t> found_{0, 0};
  std::uint64_t items_ = 0;
  int crashes_ = 0;
};

}  // namespace guildscope::spool
