#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include "guildscope/spool/spool_fixture.hpp"

/// Broken files and broken disks: no crash, no hang, the rest is given, and what is missing is counted.
namespace guildscope::spool {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSubsetOf;

class DamagedSpool : public SpoolTest {
 protected:
  static constexpr std::uint64_t kItems = 1 + 2 + 3;

  /// A segment of three records, of 1, 2 and 3 items, and the next one, with a record of 10.
  void Prepare() {
    Spool& spool = Start();
    for (std::uint32_t i = 1; i <= 3; ++i) spool.Put(0, {.items = i, .bytes = "record " + std::to_string(i)});
    Crash();
    Start().Put(0, {.items = 10, .bytes = "record 4"});
    spool_.reset();
    ASSERT_EQ(Segments().size(), 2);
  }

  /// Everything that is not given is counted, and the segment behind is whole.
  void ExpectAllAccounted(const std::string& what) {
    Start();
    items_ = 0;
    const auto given = Drain();
    EXPECT_THAT(given, IsSubsetOf({"record 1", "record 2", "record 3", "record 4"})) << what;
    ASSERT_FALSE(given.empty()) << what;
    EXPECT_EQ(given.back(), "record 4") << what;
    EXPECT_TRUE(std::is_sorted(given.begin(), given.end())) << what;
    EXPECT_GE(given.size(), 3) << what;
    EXPECT_EQ(items_ + lost(Lost::kDamaged), kItems + 10) << what;
    EXPECT_EQ(spool_->stats().lanes[0].records, 0) << what;
    // It works as before.
    spool_->Put(0, {.items = 1, .bytes = "new"});
    EXPECT_THAT(Drain(), ElementsAre("new")) << what;
  }
};

TEST_F(DamagedSpool, LosesOneRecordAtMostByAChangedByteAnywhere) {
  Prepare();
  const std::string whole = options_.directory;
  const auto name = Segments().front().filename();
  const std::string bytes = Read(Segments().front());
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    options_.directory = whole;
    Crash();
    std::string changed = bytes;
    changed[at] = static_cast<char>(~changed[at]);
    Write(std::filesystem::path(options_.directory) / name, changed);
    ExpectAllAccounted("byte " + std::to_string(at));
    if (HasFailure()) return;
    spool_.reset();
    std::filesystem::remove_all(options_.directory);
  }
}

TEST_F(DamagedSpool, CountsATailThatWasCutOffAnywhere) {
  Prepare();
  const std::string whole = options_.directory;
  const auto name = Segments().front().filename();
  const std::string bytes = Read(Segments().front());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    options_.directory = whole;
    Crash();
    Write(std::filesystem::path(options_.directory) / name, bytes.substr(0, size));
    Start();
    items_ = 0;
    const auto given = Drain();
    EXPECT_THAT(given, IsSubsetOf({"record 1", "record 2", "record 3", "record 4"}));
    // The position's file says what the first number is, also when the whole segment has gone.
    EXPECT_EQ(items_ + lost(Lost::kDamaged), kItems + 10) << size;
    spool_.reset();
    std::filesystem::remove_all(options_.directory);
    if (HasFailure()) return;
  }
}

TEST_F(DamagedSpool, ATornLastRecordIsCountedWhenItsHeaderIsWhole) {
  Start().Put(0, {.items = 1, .bytes = "whole"});
  spool_->Put(0, {.items = 5, .bytes = "torn by a power failure"});
  Crash();
  const std::string bytes = Read(Segments().front());
  Write(Segments().front(), bytes.substr(0, bytes.size() - 3));
  Start();
  EXPECT_THAT(Drain(), ElementsAre("whole"));
  EXPECT_EQ(lost(Lost::kDamaged), 5);
  EXPECT_EQ(found_[0], 6);
}

TEST_F(DamagedSpool, ADamagedPositionMeansThatRecordsAreGivenAgain) {
  Prepare();
  Write(std::filesystem::path(options_.directory) / "a.position", std::string(128, 'x'));
  Start();
  EXPECT_EQ(Drain().size(), 4);
  EXPECT_EQ(lost(Lost::kDamaged), 0);
}

TEST_F(DamagedSpool, IgnoresWhatIsNotIts) {
  Prepare();
  const std::filesystem::path folder(options_.directory);
  Write(folder / "README", "hello");
  Write(folder / "00000000000000000099.c", "another lane");
  Write(folder / "00000000000000000098.a", "not a segment at all, but by its name");
  std::filesystem::create_directory(folder / "00000000000000000097.a");
  Start();
  EXPECT_EQ(Drain().size(), 4);
  EXPECT_TRUE(std::filesystem::exists(folder / "README"));
  EXPECT_TRUE(std::filesystem::exists(folder / "00000000000000000099.c"));
}

TEST_F(DamagedSpool, CountsASegmentThatHasGone) {
  Prepare();
  std::filesystem::remove(Segments().front());
  Start();
  EXPECT_THAT(Drain(), ElementsAre("record 4"));
  EXPECT_EQ(lost(Lost::kDamaged), kItems);
}

TEST_F(DamagedSpool, GoesOnInANewFolderWhenItsOwnWasRemoved) {
  Spool& spool = Start();
  spool.Put(0, {.items = 4, .bytes = "gone"});
  std::filesystem::remove_all(options_.directory);
  EXPECT_NE(spool.Put(0, {.items = 1, .bytes = "kept"}), 0);
  EXPECT_THAT(Drain(), ElementsAre("kept"));
  EXPECT_EQ(lost(Lost::kDamaged), 4);
  EXPECT_GT(spool.stats().write_errors, 0);
}

TEST_F(DamagedSpool, SaysThatItsFolderIsNoneAndGoesOnWhenItIs) {
  Write(options_.directory, "a file");
  Spool& spool = Start();
  EXPECT_EQ(spool.Put(0, {.items = 1, .bytes = "x"}), 0);
  EXPECT_THAT(spool.stats().problem, HasSubstr("Not a directory"));
  EXPECT_FALSE(spool.stats().usable);
  std::filesystem::remove(options_.directory);
  EXPECT_EQ(spool.Put(0, {.items = 1, .bytes = "x"}), 0);
  clock_.Advance(options_.open_again_after);
  EXPECT_NE(spool.Put(0, {.items = 1, .bytes = "x"}), 0);
  EXPECT_EQ(spool.stats().problem, "");
}

/// The kernel's limit of a file's size, while it lives: writes fail as on a full disk, in the middle of a record too.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_;
};

TEST_F(DamagedSpool, StaysWholeWhenTheDiskIsFullAndGoesOnWhenThereIsRoom) {
  Spool& spool = Start();
  const std::string text(1'000, 'x');
  std::uint64_t put = 0;
  {
    const FileSizeLimit full(10'500);
    for (int i = 0; i < 20; ++i) put += spool.Put(0, {.items = 1, .bytes = text}) != 0 ? 1 : 0;
    EXPECT_GT(put, 0);
    EXPECT_LT(put, 20);
    EXPECT_EQ(spool.stats().write_errors, 20 - put);
    EXPECT_THAT(spool.stats().problem, HasSubstr("cannot write to it: File too large"));
  }
  EXPECT_NE(spool.Put(0, {.items = 1, .bytes = "after"}), 0);
  EXPECT_EQ(std::filesystem::file_size(Segments().front()), spool.stats().bytes);
  Crash();
  Start();
  EXPECT_EQ(Drain().size(), put + 1);
  EXPECT_EQ(lost(Lost::kDamaged), 0);
}

TEST_F(DamagedSpool, SaysWhenNotEvenAFileCanBeBegun) {
  Spool& spool = Start();
  ASSERT_TRUE(spool.Open());
  {
    const FileSizeLimit full(10);
    EXPECT_EQ(spool.Put(0, {.items = 1, .bytes = "x"}), 0);
    EXPECT_THAT(spool.stats().problem, HasSubstr("cannot begin a file in it"));
  }
  EXPECT_THAT(Segments(), IsEmpty());
  EXPECT_NE(spool.Put(0, {.items = 1, .bytes = "x"}), 0);
}

}  // namespace
}  // namespace guildscope::spool
