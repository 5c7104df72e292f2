#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "guildscope/flight_recorder/recordings.hpp"
#include "guildscope/testing/otlp_receiver.hpp"
#include "guildscope/testing/process.hpp"
#include "guildscope/testing/sanitized.hpp"

namespace guildscope {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::kSanitized;
using ::testing::Not;
using ::testing::Pair;
using testing::Process;
using ::testing::SizeIs;
using namespace std::chrono_literals;

constexpr auto kPatience = 60s;  // for a machine that is busy with other things

std::string ReadAll(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class Crash : public ::testing::Test {
 protected:
  Crash() {
    std::string name = (std::filesystem::temp_directory_path() / "guildscope-crash-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    folder_ = name;
    directory_ = folder_ / "flight";
    WriteSettings();
  }
  ~Crash() override { std::filesystem::remove_all(folder_); }

  void WriteSettings() const {
    std::ofstream(settings()) << "logging: {level: INFO}\n"
                              << "monitoring:\n"
                              << "  service_name: crasher\n"
                              << "  resource_attributes: {origin: 'https://bot:hunter22@host/'}\n"
                              << "  health_server: {enabled: false}\n"
                              << "  flight_recorder: {directory: " << directory_.string() << ", max_bytes: 262144}\n"
                              << "  traces: {schedule_delay: 1h}\n"
                              << "  logs: {schedule_delay: 1h}\n"
                              << "  metrics: {export_interval: 1h}\n"
                              << "  otlp:\n"
                              << "    enabled: true\n"
                              << "    endpoint: " << receiver_.grpc_endpoint() << "\n"
                              << "    protocol: grpc\n";
  }
  [[nodiscard]] std::string settings() const { return (folder_ / "settings.yaml").string(); }

  [[nodiscard]] std::unique_ptr<Process> Start(const std::string& how) const {
    return std::make_unique<Process>(
        testing::ProcessOptions{.command = {PROGRAMS "/crash_program", settings(), how}, .environment = Quiet()});
  }
  static std::map<std::string, std::string> Quiet() {
    return {{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}, {"DISCORD_TOKEN", "MTIzNDU2.planted-bot-token"}};
  }

  /// A process that ends so, with a span open; its pid.
  pid_t LeaveBehind(const std::string& how, int signal) {
    const auto process = Start(how);
    if (how == "kill") {
      (void)process->WaitForEvent("open", kPatience);
      process->Signal(SIGKILL);
    }
    const auto end = process->Wait(kPatience);
    EXPECT_TRUE(end.has_value());
    EXPECT_TRUE(kSanitized || end->signal == signal) << process->Errors();
    ExpectNoSecretIn("what it wrote", process->Output() + process->Errors());
    return process->pid();
  }

  /// The next start, which lives until what was left behind has gone.
  std::string Recover() {
    const auto process = Start("wait");
    (void)process->WaitForEvent("waiting", kPatience);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    const auto waits = [this] {
      const auto found = flight::ListRecordings(directory_);
      return std::any_of(found.begin(), found.end(),
                         [](const auto& one) { return one.state == flight::FoundRecording::State::kWaiting; });
    };
    // A recording that is being exported is held as one is that is written.
    while (waits() || flight::RecordingFiles(directory_).size() > 1 + left_alone_) {
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("still there:\n" + process->Errors());
      std::this_thread::yield();
    }
    process->Signal(SIGTERM);
    const auto end = process->Wait(kPatience);
    EXPECT_EQ(end, (testing::ProcessEnd{.exit_status = 0})) << process->Errors();
    return process->Output() + process->Errors();
  }

  /// People who ask the doctor need not know the bot's token.
  std::string Doctor(int expected_status = 0) {
    Process process({.command = {PROGRAMS "/guildscope", "doctor", "--config", settings()},
                     .environment = {{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}, {"DISCORD_TOKEN", ""}}});
    EXPECT_EQ(process.Wait(kPatience), (testing::ProcessEnd{.exit_status = expected_status})) << process.Errors();
    return process.Output() + process.Errors();
  }

  static void ExpectNoSecretIn(const std::string& where, const std::string& text) {
    for (const char* secret : {"planted-s3cr3t-token", "hookt0ken", "hunter22", "planted-bot-token"}) {
      EXPECT_EQ(text.find(secret), std::string::npos) << secret << " is in " << where;
    }
  }
  void ExpectNoSecretInFiles() const {
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
      ExpectNoSecretIn(entry.path().string(), ReadAll(entry.path()));
      ++files;
    }
    EXPECT_GT(files, 0U);
  }

  /// That the receiver has what the process left, once, under its own name.
  void ExpectRecovered(pid_t pid, const std::string& signal) {
    const auto spans = receiver_.store().SpansNamed("command play");
    ASSERT_THAT(spans, SizeIs(1));
    const std::string from = std::to_string(pid);
    const auto attributes = spans[0].attributes();
    EXPECT_THAT(attributes, AllOf(Contains(Pair("guildscope.recovered", "true")),
                                  Contains(Pair("guildscope.recovered.from_pid", from))));
    if (!signal.empty()) {
      EXPECT_THAT(attributes, Contains(Pair("guildscope.recovered.signal", signal)));
    }
    EXPECT_THAT(spans[0].resource,
                AllOf(Contains(Pair("process.pid", from)), Contains(Pair("service.name", "crasher"))));
    EXPECT_EQ(spans[0].span.status().code(), opentelemetry::proto::trace::v1::Status::STATUS_CODE_ERROR);
    EXPECT_EQ(spans[0].span.status().message(), "the process ended while this span was open");
    EXPECT_GT(spans[0].span.end_time_unix_nano(), spans[0].span.start_time_unix_nano());

    const auto lookups = receiver_.store().SpansNamed("GET /webhooks/42/***");
    ASSERT_THAT(lookups, SizeIs(1));
    EXPECT_EQ(lookups[0].parent_id(), spans[0].span_id());
    EXPECT_THAT(lookups[0].attributes(), Contains(Pair("password", "***")));
    EXPECT_EQ(lookups[0].span.status().code(), opentelemetry::proto::trace::v1::Status::STATUS_CODE_UNSET);

    const auto logs = receiver_.store().LogsOf("music");
    ASSERT_THAT(logs, SizeIs(2));  // the first was delivered while it lived
    EXPECT_EQ(logs[0].body(), "delivered long ago");
    EXPECT_THAT(logs[0].attributes(), Not(Contains(Pair("guildscope.recovered", "true"))));
    EXPECT_EQ(logs[1].body(), "the last word, with *** and https://bot:***@host/");
    EXPECT_EQ(logs[1].span_id(), spans[0].span_id());
    EXPECT_THAT(logs[1].attributes(), Contains(Pair("guildscope.recovered", "true")));
    EXPECT_EQ(logs[1].resource, spans[0].resource);
    EXPECT_THAT(receiver_.store().SpansNamed("delivered"), SizeIs(1));

    const auto ends = receiver_.store().LogsOf("guildscope.flight_recorder");
    ASSERT_THAT(ends, SizeIs(1));
    EXPECT_THAT(ends[0].body(), HasSubstr("the process ended without a shutdown: " + signal));
    EXPECT_EQ(ends[0].resource, spans[0].resource);
    EXPECT_THAT(ends[0].attributes(), Contains(Pair("guildscope.recovered.open_spans", "1")));
  }

  testing::OtlpReceiver receiver_;
  std::filesystem::path folder_;
  std::filesystem::path directory_;
  std::size_t left_alone_ = 0;  ///< Files that nobody can read.
};

TEST_F(Crash, InAHandlerIsExportedByTheNextStartAndShownByTheDoctor) {
  const pid_t pid = LeaveBehind("segv", SIGSEGV);
  ExpectNoSecretInFiles();
  const std::string before = Doctor();
  EXPECT_THAT(before,
              AllOf(HasSubstr("waits for the next start"), HasSubstr("process " + std::to_string(pid)),
                    HasSubstr("SIGSEGV at 0x18"), HasSubstr("crash_program+0x"), HasSubstr("OPEN  command play"),
                    HasSubstr("log   WARN music: the last word, with *** and")));
  EXPECT_LT(before.find("OPEN  command play"), before.find("the last word")) << "what was open comes first";
  ExpectNoSecretIn("the doctor's report", before);

  const std::string said = Recover();
  EXPECT_THAT(said, HasSubstr("process " + std::to_string(pid) + " (crasher, instance "));
  EXPECT_THAT(said, HasSubstr("SIGSEGV at 0x18; recovered 1 open spans, 1 ended spans and 1 log records"));
  ExpectRecovered(pid, "SIGSEGV at 0x18");
  const auto ends = receiver_.store().LogsOf("guildscope.flight_recorder");
  EXPECT_THAT(ends.at(0).attributes(), Contains(Pair("exception.stacktrace", HasSubstr("crash_program+0x"))));

  EXPECT_THAT(Doctor(), AllOf(HasSubstr("exported; kept until the next one is"), HasSubstr("OPEN  command play")));
  EXPECT_THAT(Recover(), Not(HasSubstr("ended without a shutdown")));
  ExpectRecovered(pid, "SIGSEGV at 0x18");
}

TEST_F(Crash, ByAKillLeavesAsMuch) {
  const pid_t pid = LeaveBehind("kill", SIGKILL);
  ExpectNoSecretInFiles();
  EXPECT_THAT(Doctor(), HasSubstr("killed, or by a way that leaves no signal"));
  EXPECT_THAT(Recover(), HasSubstr("killed, or by a way that leaves no signal"));
  ExpectRecovered(pid, "");
}

TEST_F(Crash, ByAnAbortIsNamed) {
  const pid_t pid = LeaveBehind("abort", SIGABRT);
  ExpectNoSecretInFiles();
  Recover();
  ExpectRecovered(pid, "SIGABRT");
}

TEST_F(Crash, WaitsForACollectorThatIsAway) {
  const pid_t pid = LeaveBehind("segv", SIGSEGV);
  receiver_.Stop();
  {
    const auto process = Start("wait");
    EXPECT_TRUE(process->WaitForText("ended without a shutdown", kPatience));
    (void)process->WaitForEvent("waiting", kPatience);
    process->Signal(SIGTERM);
    EXPECT_TRUE(process->Wait(kPatience).has_value());
  }
  EXPECT_THAT(Doctor(), HasSubstr("waits for the next start"));
  receiver_.Start();
  Recover();
  ExpectRecovered(pid, "SIGSEGV at 0x18");
}

TEST_F(Crash, OfOtherKindsOfFilesTheNextStartMakesNothing) {
  const pid_t pid = LeaveBehind("segv", SIGSEGV);
  const auto recording = flight::RecordingFiles(directory_).at(0);
  const std::string whole = ReadAll(recording);
  const auto write = [&](const char* name, const std::string& bytes) {
    std::ofstream(directory_ / name, std::ios::binary) << bytes;
    ++left_alone_;
  };
  write("1-1.gsflight", "somebody else's");
  write("1-2.gsflight", whole.substr(0, 70'000));
  write("1-3.gsflight", "GSFLIGHT" + std::string("\x63\0\0\0", 4) + whole.substr(12));
  write("1-4.gsflight", "");
  // The same recording with a hole in its ring: what is torn is skipped.
  std::string torn = whole;
  std::fill(torn.begin() + 64 * 1024 + 100, torn.begin() + 64 * 1024 + 200, '\x55');
  std::ofstream(recording, std::ios::binary | std::ios::in) << torn;

  const std::string report = Doctor();
  const std::string said = Recover();
  for (const std::string& text : {report, said}) {
    EXPECT_THAT(text, AllOf(HasSubstr("it is no recording"), HasSubstr("it is cut short: 70000 bytes of 262144"),
                            HasSubstr("it has version 99; this program reads version 1")));
  }
  EXPECT_THAT(said, HasSubstr("process " + std::to_string(pid)));
  EXPECT_THAT(receiver_.store().LogsOf("guildscope.flight_recorder"), SizeIs(1));
}

/// What a process says that starts and ends like this; nothing when it did not get so far.
std::string SaidBy(std::vector<std::string> command, const std::map<std::string, std::string>& environment) {
  Process process({.command = std::move(command), .environment = environment});
  (void)process.WaitForEvent("waiting", kPatience);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(kPatience), (testing::ProcessEnd{.exit_status = 0})) << process.Errors();
  return process.Output() + process.Errors();
}

std::size_t Count(const std::string& text, const std::string& what) {
  std::size_t times = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++times;
  return times;
}

TEST_F(Crash, IsNotPreparedForWithoutADirectoryAndTheTelemetrySaysSoOnce) {
  std::ofstream(directory_) << "a file in the directory's place";
  const std::string said = SaidBy({PROGRAMS "/crash_program", settings(), "wait"}, Quiet());
  EXPECT_EQ(Count(said, "the flight recorder is off: cannot make the directory"), 1U) << said;
  EXPECT_THAT(Doctor(1), HasSubstr("cannot read the directory"));
}

TEST_F(Crash, IsKeptForLaterWhileNothingIsExported) {
  const pid_t pid = LeaveBehind("kill", SIGKILL);
  auto quiet = Quiet();
  quiet["MONITORING_OTLP_ENABLED"] = "false";
  const std::string said = SaidBy({PROGRAMS "/crash_program", settings(), "wait"}, quiet);
  EXPECT_EQ(Count(said, "the flight recorder is off: neither traces nor logs are exported"), 1U) << said;
  EXPECT_THAT(Doctor(), HasSubstr("waits for the next start"));
  Recover();
  ExpectRecovered(pid, "");
}

TEST_F(Crash, IsNotPreparedForOnAFullDiskAndTheTelemetrySaysSoOnce) {
  // A disk of its own, in the mount namespace of its own that an ordinary user may have.
  const std::vector<std::string> in_namespace = {"unshare", "--map-root-user", "--mount"};
  const auto with = [&](std::initializer_list<std::string> more) {
    std::vector<std::string> command = in_namespace;
    command.insert(command.end(), more);
    return command;
  };
  const auto mount_there = std::string("mount -t tmpfs -o size=200k none ") + directory_.string();
  std::filesystem::create_directories(directory_);
  Process probe({.command = with({"sh", "-c", mount_there})});
  if (probe.Wait(kPatience) != testing::ProcessEnd{.exit_status = 0}) GTEST_SKIP() << probe.Errors();
  const std::string said =
      SaidBy(with({"sh", "-c", mount_there + " && exec \"$@\"", "sh", PROGRAMS "/crash_program", settings(), "wait"}),
             Quiet());
  EXPECT_EQ(Count(said, "the flight recorder is off: no room for the file, 262144 bytes,"), 1U) << said;
  EXPECT_THAT(said, HasSubstr("No space left on device"));
}

}  // namespace
}  // namespace guildscope
