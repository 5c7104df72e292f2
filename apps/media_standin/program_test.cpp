#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "apps/media_standin/standin.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/process.hpp"

namespace media_standin {
namespace {

using guildscope::testing::Process;
using guildscope::testing::ProcessEnd;
using ::testing::HasSubstr;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr auto kPatience = 50s;

class ProgramTest : public ::testing::Test {
 protected:
  ProgramTest() : folder_(fs::path(::testing::TempDir()) / ("media_standin_" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~ProgramTest() override { fs::remove_all(folder_); }

  std::string Write(const std::string& settings) const {
    const fs::path file = folder_ / "settings.yaml";
    std::ofstream(file) << settings;
    return file.string();
  }

  const fs::path folder_;
};

TEST_F(ProgramTest, SaysItsPortAndEndsWhenItIsAskedTo) {
  Process process({.command = {MEDIA_STANDIN, "--config", Write("port: 0\nsongs: 20\n")}});
  const auto port = process.WaitForEvent("listening", kPatience)["port"].get<std::uint16_t>();
  const Json catalogue = Json::parse(guildscope::testing::Get(port, "/catalogue").body);
  EXPECT_EQ(catalogue["songs"].size(), 20U);
  process.Signal(SIGTERM);
  EXPECT_EQ(process.Wait(kPatience), (ProcessEnd{.exit_status = 0}));
}

TEST_F(ProgramTest, SaysWhatIsWrongWithItsSettings) {
  Process process({.command = {MEDIA_STANDIN, "--config", Write("prt: 0\nsongs: 1\n")}});
  EXPECT_EQ(process.Wait(kPatience), (ProcessEnd{.exit_status = 2}));
  EXPECT_THAT(process.Errors(), ::testing::AllOf(HasSubstr("prt"), HasSubstr("songs")));
}

TEST_F(ProgramTest, GivesAudioThatRealYtDlpDownloads) {
  Config config;
  config.port = 0;
  const Standin standin(config);
  const Song& song = standin.catalogue().songs()[0];
  const fs::path file = folder_ / "song.wav";
  Process process({.command = {"yt-dlp", "--no-config", "--no-playlist", "-f", "bestaudio/best", "-o", file.string(),
                               "--", standin.url() + "/watch/" + song.video_id + ".wav"},
                   .environment = {{"http_proxy", ""}, {"HTTP_PROXY", ""}, {"XDG_CACHE_HOME", folder_.string()}}});
  ASSERT_EQ(process.Wait(kPatience), (ProcessEnd{.exit_status = 0})) << process.Output() << process.Errors();
  std::ifstream stream(file, std::ios::binary);
  std::stringstream bytes;
  bytes << stream.rdbuf();
  EXPECT_TRUE(bytes.str() == guildscope::testing::Get(standin.port(), "/watch/" + song.video_id + ".wav").body);
}

}  // namespace
}  // namespace media_standin
