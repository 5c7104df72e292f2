#include <gmock/gmock.h>

#include <cstdlib>

#include "guildscope/spool/spool_fixture.hpp"
#include "guildscope/testing/process.hpp"

/// A disk without room, as the kernel has it: writes of records, of notes what was sent and of new files fail as they
/// do.
namespace guildscope::spool {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Process;
using testing::ProcessEnd;
using ::testing::SizeIs;

constexpr const char* kInside = "SPOOL_TEST_IS_ON_A_SMALL_DISK";
constexpr std::uintmax_t kDiskBytes = 96 * 1024;
constexpr std::size_t kRecordBytes = 1'000;

/// Each test runs once more as a process whose temporary files are on a small disk of its own, in the mount namespace
/// of its own that an ordinary user may have.
class FullDisk : public SpoolTest {
 protected:
  /// True in that process; else starts it and says what it says.
  bool IsOnASmallDisk() {
    if (std::getenv(kInside) != nullptr) return true;
    const auto mount = "mount -t tmpfs -o size=" + std::to_string(kDiskBytes) + " none " + root_.string();
    if (Process probe({.command = InNamespace(mount)}); probe.Wait(1min) != ProcessEnd{.exit_status = 0}) {
      Skip(probe.Errors());
      return false;
    }
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    const auto filter = std::string("--gtest_filter=") + test->test_suite_name() + '.' + test->name();
    Process inside({.command = InNamespace(mount + " && exec " + Program() + ' ' + filter),
                    .environment = {{kInside, "1"}, {"TEST_TMPDIR", root_.string()}}});
    EXPECT_EQ(inside.Wait(1min), ProcessEnd{.exit_status = 0}) << inside.Output() << inside.Errors();
    return false;
  }

  /// Puts records until there is no room for one more; how many there was room for.
  std::uint64_t Fill() {
    std::uint64_t put = 0;
    while (put < kDiskBytes / kRecordBytes && spool_->Put(0, Text(put)) != 0) ++put;
    return put;
  }
  /// Of somebody else, who takes all that is left.
  void FillByOthers() const {
    std::ofstream file(root_ / "others", std::ios::binary);
    for (std::uintmax_t i = 0; i < kDiskBytes; ++i) file << 'x';
  }

  Spool::Append Text(std::uint64_t number) {
    text_ = std::to_string(number);
    text_.resize(kRecordBytes, 'x');
    return {.items = 1, .bytes = text_};
  }

 private:
  static std::vector<std::string> InNamespace(const std::string& command) {
    return {"unshare", "--map-root-user", "--mount", "sh", "-c", command};
  }
  static std::string Program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }
  static void Skip(const std::string& why) { GTEST_SKIP() << "no disk of its own: " << why; }

  std::string text_;
};

TEST_F(FullDisk, KeepsWhatFitsAndGoesOnWhenItWasRead) {
  if (!IsOnASmallDisk()) return;
  Spool& spool = Start();
  const std::uint64_t put = Fill();
  ASSERT_GT(put, kDiskBytes / kRecordBytes / 2);
  ASSERT_LT(put, kDiskBytes / kRecordBytes);
  EXPECT_THAT(spool.stats().problem, HasSubstr("No space left on device"));
  EXPECT_EQ(spool.stats().write_errors, 1);
  EXPECT_EQ(spool.stats().lanes[0].records, put);

  const auto given = Drain();
  ASSERT_THAT(given, SizeIs(put));
  for (std::uint64_t i = 0; i < put; ++i) EXPECT_EQ(given[i], Text(i).bytes);
  EXPECT_NE(spool.Put(0, {.items = 1, .bytes = "after"}), 0);
  EXPECT_EQ(spool.stats().problem, "");
  EXPECT_THAT(Drain(), ElementsAre("after"));
  EXPECT_EQ(lost(Lost::kDamaged) + lost(Lost::kLimit), 0);
}

TEST_F(FullDisk, ARestartOnItGivesWhatWasKept) {
  if (!IsOnASmallDisk()) return;
  Start();
  const std::uint64_t put = Fill();
  FillByOthers();
  Start();
  EXPECT_THAT(Drain(), SizeIs(put));
  EXPECT_EQ(lost(Lost::kDamaged), 0);
  Start();
  EXPECT_THAT(Drain(), SizeIs(0));
}

TEST_F(FullDisk, StartsOnItWithNothingAndGoesOnWhenThereIsRoom) {
  if (!IsOnASmallDisk()) return;
  FillByOthers();
  Spool& spool = Start();
  EXPECT_EQ(spool.Put(0, {.items = 1, .bytes = "too early"}), 0);
  EXPECT_THAT(spool.stats().problem, HasSubstr("No space left on device"));
  std::filesystem::remove(root_ / "others");
  clock_.Advance(options_.open_again_after);
  EXPECT_NE(spool.Put(0, {.items = 1, .bytes = "kept"}), 0);
  EXPECT_EQ(spool.stats().problem, "");
  Start();
  EXPECT_THAT(Drain(), ElementsAre("kept"));
  EXPECT_EQ(lost(Lost::kDamaged), 0);
}

}  // namespace
}  // namespace guildscope::spool
