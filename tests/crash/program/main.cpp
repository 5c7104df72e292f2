#include <signal.h>

#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <string>
#include <thread>

#include "guildscope/telemetry/telemetry.hpp"

/// `crash_program SETTINGS HOW`: a small bot that ends in a handler, with a span open: `segv`, `abort`, `kill` (which
/// it waits for); or, with `wait`, one that waits for SIGTERM and shuts down.
namespace {

constexpr const char* kSecret = "planted-s3cr3t-token";

void End(const std::string& how) {
  if (how == "segv") {
    volatile std::uintptr_t nowhere = 0x18;
    *reinterpret_cast<volatile int*>(nowhere) = 1;  // NOLINT(performance-no-int-to-ptr)
  }
  if (how == "abort") std::abort();
  std::cout << R"({"event":"open"})" << std::endl;
  for (;;) pause();
}

/// As an event handler of a bot is called, on a thread of a pool.
void HandleCommand(guildscope::Telemetry& telemetry, const std::string& how) {
  const auto command = telemetry.tracer().StartActive("command play");
  auto logger = telemetry.logger("music");
  logger.Warning("delivered long ago");
  telemetry.tracer().Start("delivered").End();
  if (!telemetry.Flush(std::chrono::seconds(30))) std::cerr << "not flushed\n";
  {
    auto lookup = telemetry.tracer().StartActive("GET /webhooks/42/" + std::string("hookt0ken"));
    lookup->SetAttribute({"password", kSecret});
  }
  logger.Warning("the last word, with {} and https://bot:hunter22@host/", kSecret);
  End(how);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::string how = argv[2];
  sigset_t terminate;
  sigemptyset(&terminate);
  sigaddset(&terminate, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &terminate, nullptr);
  guildscope::Telemetry telemetry(argv[1]);
  telemetry.redactor().AddSecret(kSecret);
  if (how != "wait") {
    std::thread([&] { HandleCommand(telemetry, how); }).join();
  }
  std::cout << R"({"event":"waiting"})" << std::endl;
  int signal = 0;
  sigwait(&terminate, &signal);
  return telemetry.Shutdown() ? 0 : 1;
}
