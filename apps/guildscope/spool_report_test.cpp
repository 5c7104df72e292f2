#include "apps/guildscope/spool_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "guildscope/spool/spool.hpp"

namespace guildscope {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

TEST(SpoolReport, SaysWhatWaitsHowLongAndWhatIsDamaged) {
  std::string pattern = ::testing::TempDir() + "report_XXXXXX";
  const std::filesystem::path root = mkdtemp(pattern.data());
  const std::string directory = root / "spool";
  EXPECT_FALSE(ReportSpool(directory, 100, {}).sound);
  EXPECT_THAT(ReportSpool(directory, 100, {}).text, HasSubstr("cannot be read: No such file or directory"));
  {
    spool::Spool spool({.directory = directory, .compress = false}, {"traces"});
    spool.Put(0, {.items = 7, .bytes = "a request"});
    spool.Put(0, {.items = 5, .bytes = "a request"});
    const SpoolReport report = ReportSpool(directory, 1'000, std::chrono::system_clock::now() + 1h);
    EXPECT_TRUE(report.sound);
    EXPECT_THAT(report.text, HasSubstr("194 of 1000 bytes, in use by process " + std::to_string(getpid())));
    EXPECT_THAT(report.text, HasSubstr("traces: 2 requests with 12 items wait, the oldest for 360"));
  }
  {
    std::fstream file(root / "spool" / "00000000000000000001.traces");
    file.seekp(64 + 56);
    file << 'X';
  }
  const SpoolReport report = ReportSpool(directory, 1'000, std::chrono::system_clock::now());
  EXPECT_FALSE(report.sound);
  EXPECT_THAT(report.text, HasSubstr("no process uses it"));
  EXPECT_THAT(report.text, HasSubstr("1 requests with 5 items"));
  EXPECT_THAT(report.text, HasSubstr("1 places are damaged"));
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace guildscope
