/// A process that records spans and log records, numbered by thread, as fast as its queues take them, and may be
/// killed.
///   spool_victim RUN COUNT PROGRESS_FILE [wait]
/// Settings come from the environment. `wait`: ends when all of it has arrived, not before.

#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "guildscope/telemetry/telemetry.hpp"
#include "tests/collector_faults/account_books.hpp"
#include "tests/spool/progress.hpp"

namespace guildscope {
namespace {

using namespace std::chrono_literals;

/// Waits until the queues are at most half full: nothing is to be lost but by the end.
void Pace(Telemetry& telemetry, const ProgressFile& progress) {
  while (true) {
    const Books spans = ReadBooks(telemetry.metrics(), "span");
    const Books logs = ReadBooks(telemetry.metrics(), "log");
    progress->dropped.store(static_cast<std::uint64_t>(spans.dropped + logs.dropped));
    const auto half = static_cast<double>(telemetry.options().traces.batch.max_queue_size) / 2;
    if (spans.waiting <= half && logs.waiting <= half) return;
    std::this_thread::sleep_for(1ms);
  }
}

void Record(Telemetry& telemetry, const ProgressFile& progress, const std::string& run, int thread,
            std::uint64_t count) {
  constexpr std::uint64_t kBetweenLooks = 100;
  const auto logger = telemetry.logger("victim");
  for (std::uint64_t i = 1; i <= count; ++i) {
    if (i % kBetweenLooks == 1) Pace(telemetry, progress);
    const std::string name = run + "/" + std::to_string(thread) + "/" + std::to_string(i);
    telemetry.tracer().Start(name).End();
    logger.Info("{}", name);
    progress->produced[static_cast<std::size_t>(thread)].store(i);
  }
}

int Main(const std::vector<std::string>& arguments) {
  const ProgressFile progress(arguments.at(3));
  Telemetry telemetry("");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < Progress::kThreads; ++thread) {
    threads.emplace_back(
        [&, thread] { Record(telemetry, progress, arguments.at(1), thread, std::stoull(arguments.at(2))); });
  }
  for (std::thread& thread : threads) thread.join();
  const bool arrived = arguments.size() > 4 && telemetry.Flush(60s);
  telemetry.Shutdown();
  Pace(telemetry, progress);
  const Books spans = ReadBooks(telemetry.metrics(), "span");
  const Books logs = ReadBooks(telemetry.metrics(), "log");
  std::cout << R"({"event":"ended","arrived":)" << arrived << R"(,"lost":)" << spans.lost() + logs.lost()
            << R"(,"resent_spans":)" << ReadMetric(telemetry.metrics(), "guildscope.spool.resent_items", "traces")
            << R"(,"resent_logs":)" << ReadMetric(telemetry.metrics(), "guildscope.spool.resent_items", "logs") << "}"
            << std::endl;
  return 0;
}

}  // namespace
}  // namespace guildscope

int main(int argc, char** argv) { return guildscope::Main({argv, argv + argc}); }
