#include "guildscope/profiling/process_profiler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::profiling {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

constexpr std::uint64_t kMebibyte = 1024 * 1024;

struct Written : logging::LoggerState {
  Written() { set_threshold(logging::Level::kInfo); }
  void Write(logging::Level level, std::string_view message, const logging::Fields& fields,
             const std::source_location& /*location*/) noexcept override {
    const std::lock_guard lock(mutex);
    levels.push_back(level);
    messages.emplace_back(message);
    last_fields = {fields.begin(), fields.end()};
  }
  std::size_t size() {
    const std::lock_guard lock(mutex);
    return messages.size();
  }
  std::mutex mutex;
  std::vector<logging::Level> levels;
  std::vector<std::string> messages;
  std::map<std::string, std::string> last_fields;
};

struct Process {
  ProcessValues values{.cpu_user = 10s, .threads = 5, .resident = 100 * kMebibyte, .virtual_size = 900 * kMebibyte};
  ProcessDetails details{.unique = 80 * kMebibyte, .file_descriptors = 30};
  bool broken = false;
};

class ProcessProfilerTest : public ::testing::Test {
 protected:
  Process process_;
  guildscope::testing::FakeClock clock_;
  std::shared_ptr<Written> written_ = std::make_shared<Written>();
  Readings readings_{{.process = [this] { return process_.values; },
                      .details =
                          [this] {
                            if (process_.broken) throw std::runtime_error("too slow");
                            return process_.details;
                          },
                      .filesystems = [] { return std::vector<FilesystemValues>{}; }},
                     clock_,
                     {.patience = 20s}};
  tracing::Tracer tracer_;
  ProcessProfiler profiler_{readings_, logging::Logger(written_)};
};

TEST_F(ProcessProfilerTest, TheFirstRecordHasNothingToCompareWith) {
  profiler_.LogSnapshot();
  EXPECT_THAT(written_->levels, ElementsAre(logging::Level::kInfo));
  EXPECT_THAT(written_->messages, ElementsAre("RSS 100.0 MiB, VMS 900.0 MiB, USS 80.0 MiB, CPU unknown, 5 threads, 30 "
                                              "file descriptors"));
  EXPECT_THAT(written_->last_fields,
              ElementsAre(Pair("file_descriptors", "30"), Pair("rss_bytes", "104857600"), Pair("threads", "5"),
                          Pair("uss_bytes", "83886080"), Pair("vms_bytes", "943718400")));
}

TEST_F(ProcessProfilerTest, EveryFurtherRecordSaysWhatChanged) {
  profiler_.LogSnapshot();
  clock_.Advance(15s);
  process_.values.cpu_user += 3s;
  process_.values.cpu_system += 3s;
  *process_.values.resident += kMebibyte / 2;
  *process_.values.virtual_size -= 2 * kMebibyte;
  process_.values.threads = 6;
  profiler_.LogSnapshot();
  EXPECT_EQ(written_->messages[1],
            "RSS 100.5 MiB (+0.5), VMS 898.0 MiB (-2.0), USS 80.0 MiB (+0.0), CPU 40.0 %, 6 threads, 30 file "
            "descriptors");
  EXPECT_THAT(written_->last_fields,
              IsSupersetOf({Pair("rss_change_bytes", "524288"), Pair("vms_change_bytes", "-2097152"),
                            Pair("uss_change_bytes", "0"), Pair("cpu_percent", "40.0")}));
}

TEST_F(ProcessProfilerTest, SaysWhatIsUnknownAndWhatIsOld) {
  process_.values.resident.reset();
  profiler_.LogSnapshot();
  EXPECT_THAT(written_->messages[0], ::testing::HasSubstr("RSS unknown, VMS"));
  EXPECT_THAT(written_->last_fields, Not(Contains(Key("rss_bytes"))));
  EXPECT_THAT(written_->last_fields, Not(Contains(Key("reading_age_seconds"))));
  clock_.Advance(15s);
  process_.broken = true;
  profiler_.LogSnapshot();
  EXPECT_THAT(written_->last_fields,
              IsSupersetOf({Pair("uss_bytes", "83886080"), Pair("reading_age_seconds", "15.0")}));
}

TEST_F(ProcessProfilerTest, LogsAtOnceAndIsABackgroundJob) {
  health::Health health({}, clock_);
  {
    const ProcessProfilerLoop loop(readings_, logging::Logger(written_), health, tracer_, 3600s);
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    while (written_->size() == 0 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    EXPECT_EQ(written_->size(), 1U);
    EXPECT_EQ(health.Loops().at(0).name, "process_metrics");
  }
  EXPECT_EQ(written_->size(), 1U);
}

TEST_F(ProcessProfilerTest, GoesOnEveryInterval) {
  health::Health health({}, clock_);
  const ProcessProfilerLoop loop(readings_, logging::Logger(written_), health, tracer_, 0s);
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (written_->size() < 3 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_GE(written_->size(), 3U);
}

}  // namespace
}  // namespace guildscope::profiling
