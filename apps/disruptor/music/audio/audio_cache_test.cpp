#include "apps/disruptor/music/audio/audio_cache.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>

#include "apps/disruptor/music/audio/audio_fixture.hpp"
#include "apps/disruptor/music/ogg/ogg_opus_reader.hpp"

namespace disruptor::music {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class AudioCacheTest : public AudioTest, public testing::TestWithParam<Dialect> {
 protected:
  AudioCacheTest() : AudioTest(GetParam()) {
    clock_.Advance(std::chrono::system_clock::now() - clock_.Now());
    cache_.emplace(options_, database_, clock_, guildscope::logging::Logger());
  }

  void Restart() {
    cache_.reset();
    cache_.emplace(options_, database_, clock_, guildscope::logging::Logger());
  }

  AudioFilePtr Put(const std::string& key, int packets = 50) {
    const Scratch scratch = cache_->MakeScratch();
    WriteFile(scratch.path() / "audio.opus", MakeOggOpus(packets));
    clock_.Advance(1s);
    return cache_->Put(key, "title of " + key, scratch.path() / "audio.opus");
  }

  bool Has(const std::string& key) {
    clock_.Advance(1s);
    return cache_->Find(key) != nullptr;
  }

  std::optional<AudioCache> cache_;
};

INSTANTIATE_TEST_SUITE_P(Backends, AudioCacheTest, testing::Values(Dialect::kSqlite, Dialect::kPostgresql),
                         testing::PrintToStringParamName());

TEST_P(AudioCacheTest, FindsWhatWasPutInAlsoAfterARestart) {
  EXPECT_FALSE(Has("youtube:a"));
  const AudioFilePtr put = Put("youtube:a");
  EXPECT_EQ(put->length, 993ms);  // 50 packets without the pre-skip
  EXPECT_EQ(put->bytes, std::filesystem::file_size(put->path));
  EXPECT_EQ(cache_->Find("youtube:a"), put);
  EXPECT_FALSE(Has("youtube:A"));
  Restart();
  const AudioFilePtr found = cache_->Find("youtube:a");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->path, put->path);
  EXPECT_EQ(found->length, put->length);
  EXPECT_EQ(found->bytes, put->bytes);
  EXPECT_EQ(found->title, "title of youtube:a");
  EXPECT_EQ(cache_->totals().files, 1U);
  EXPECT_EQ(cache_->totals().bytes, put->bytes);
  EXPECT_EQ(database_.Query("SELECT uses FROM audio_cache")[0].Get<int>(0), 3);
  EXPECT_TRUE(ScratchIsEmpty());
}

TEST_P(AudioCacheTest, TakesKeysAndTitlesOfAnyKind) {
  const std::string key = "url:https://example.com/'; DROP TABLE audio_cache; --/../../\xC3\xBC?a=b";
  const Scratch scratch = cache_->MakeScratch();
  WriteFile(scratch.path() / "audio.opus", MakeOggOpus());
  const std::string title("a\0b\xFF\xF0\x9F\x8E\xB5", 8);
  (void)cache_->Put(key, title, scratch.path() / "audio.opus");
  const AudioFilePtr found = cache_->Find(key);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->title, "ab\xEF\xBF\xBD\xF0\x9F\x8E\xB5");
  EXPECT_TRUE(found->path.string().starts_with((options_.cache_directory / "files").string()));
}

TEST_P(AudioCacheTest, PutsANewFileInThePlaceOfTheOld) {
  const auto old_bytes = Put("a", 10)->bytes;
  const AudioFilePtr fresh = Put("a", 20);
  EXPECT_GT(fresh->bytes, old_bytes);
  EXPECT_EQ(cache_->Find("a")->bytes, fresh->bytes);
  EXPECT_EQ(Rows(), 1);
  EXPECT_EQ(Files().size(), 1U);
}

TEST_P(AudioCacheTest, NeverTakesAwayWhatIsHeldWhenItIsReplaced) {
  const AudioFilePtr held = Put("a");
  std::atomic<bool> done{false};
  std::jthread player([&] {
    while (!done) EXPECT_NO_THROW((void)MeasureOggOpus(held->path));
  });
  for (int i = 0; i < 20; ++i) (void)Put("a", 50 + i);
  done = true;
  player.join();
  EXPECT_EQ(ErrorOf([&] { cache_->MakeRoom(options_.cache_max_bytes); }), "internal");
  EXPECT_TRUE(std::filesystem::exists(held->path));
}

TEST_P(AudioCacheTest, MissesAFileThatIsGone) {
  std::filesystem::remove(Put("a")->path);
  EXPECT_FALSE(Has("a"));
  EXPECT_EQ(Rows(), 0);
  EXPECT_EQ(cache_->totals().files, 0U);
}

TEST_P(AudioCacheTest, MissesAFileThatWasCutOrChanged) {
  const auto path = Put("cut")->path;
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  EXPECT_FALSE(Has("cut"));
  EXPECT_FALSE(std::filesystem::exists(path));

  const auto other = Put("changed")->path;
  ASSERT_TRUE(Has("changed"));
  std::string bytes = ReadFile(other);
  bytes[bytes.size() / 2] ^= 1;
  WriteFile(other, bytes);
  EXPECT_FALSE(Has("changed"));
  EXPECT_FALSE(std::filesystem::exists(other));

  // Also when nobody has looked at it in this process.
  const auto third = Put("before a restart")->path;
  bytes = ReadFile(third);
  bytes.back() ^= 1;
  WriteFile(third, bytes);
  Restart();
  EXPECT_FALSE(Has("before a restart"));
  EXPECT_EQ(Rows(), 0);
}

TEST_P(AudioCacheTest, KeepsAFileThatCannotBeReadJustNow) {
  (void)Put("a");
  Restart();
  ASSERT_FALSE(Has("b"));  // the database's files are open from here on
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest_free = dup(0);
  close(lowest_free);
  const rlimit none_left{static_cast<rlim_t>(lowest_free), before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none_left), 0);
  const bool found = Has("a");
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_FALSE(found);
  EXPECT_TRUE(Has("a"));
}

TEST_P(AudioCacheTest, TakesNoFileThatCannotBePlayed) {
  const Scratch scratch = cache_->MakeScratch();
  const auto file = scratch.path() / "audio.opus";
  const auto error_of = [&](const std::string& bytes) {
    WriteFile(file, bytes);
    return ErrorOf([&] { (void)cache_->Put("a", "", file); });
  };
  const std::string whole = MakeOggOpus();
  EXPECT_EQ(error_of(whole.substr(0, whole.size() - 1)), "internal");
  EXPECT_EQ(error_of("no sound"), "internal");
  EXPECT_EQ(error_of(MakeOggOpus(1, 2'000)), "bad_media");
  OggWriter mono;
  mono.Write(MakeOpusHead(1), 0);
  mono.Write(MakeOpusTags(), 0);
  mono.Write(kSilentPacket, 960, true);
  EXPECT_EQ(error_of(mono.bytes()), "internal");
  options_.max_length = 1s;
  Restart();
  const Scratch other = cache_->MakeScratch();
  WriteFile(other.path() / "long.opus", MakeOggOpus(60));
  EXPECT_EQ(ErrorOf([&] { (void)cache_->Put("a", "", other.path() / "long.opus"); }), "too_large");
  EXPECT_EQ(Rows(), 0);
}

TEST_P(AudioCacheTest, EvictsTheLeastRecentlyUsedButNeverWhatIsHeld) {
  const std::uint64_t size = MakeOggOpus(15'000).size();
  options_.cache_max_bytes = 3 * size + size / 2;
  Restart();
  AudioFilePtr held = Put("held", 15'000);
  (void)Put("used", 15'000);
  (void)Put("unused", 15'000);
  ASSERT_TRUE(Has("used"));
  (void)Put("new", 15'000);
  EXPECT_TRUE(Has("used"));
  EXPECT_TRUE(Has("new"));
  EXPECT_FALSE(Has("unused"));
  EXPECT_TRUE(std::filesystem::exists(held->path));
  EXPECT_LE(cache_->totals().bytes, options_.cache_max_bytes);

  const AudioFilePtr second = cache_->Find("used");
  const AudioFilePtr third = cache_->Find("new");
  EXPECT_EQ(ErrorOf([&] { (void)Put("too many", 15'000); }), "internal");
  EXPECT_EQ(ErrorOf([&] { cache_->MakeRoom(size); }), "internal");
  EXPECT_EQ(cache_->totals().files, 3U);
  EXPECT_EQ(Files().size(), 3U);
  held.reset();
  EXPECT_TRUE(Put("now it fits", 15'000));
  EXPECT_FALSE(Has("held"));
  EXPECT_EQ(ErrorOf([&] { (void)Put("larger than all", 60'000); }), "too_large");
}

TEST_P(AudioCacheTest, MakesRoomForManyBehindManyThatAreHeld) {
  std::vector<AudioFilePtr> held;
  for (int i = 0; i < 40; ++i) held.push_back(Put("held" + std::to_string(i), 700));
  for (int i = 0; i < 40; ++i) (void)Put("free" + std::to_string(i), 700);
  const std::uint64_t bytes = held[0]->bytes;
  options_.cache_max_bytes = 1 << 20;
  held.clear();
  Restart();
  for (int i = 0; i < 40; ++i) held.push_back(cache_->Find("held" + std::to_string(i)));
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(Has("free" + std::to_string(i)));  // used later than those that are held
  ASSERT_GT(80 * bytes, options_.cache_max_bytes);
  ASSERT_LT(41 * bytes, std::uint64_t{1} << 20);
  cache_->MakeRoom(options_.cache_max_bytes - 41 * bytes);
  EXPECT_EQ(cache_->totals().files, 41U);
  for (const AudioFilePtr& file : held) EXPECT_TRUE(std::filesystem::exists(file->path));
}

TEST_P(AudioCacheTest, LeavesTheDiskItsRoom) {
  (void)Put("a");
  options_.cache_min_free_bytes = std::uint64_t{1} << 60;
  Restart();
  EXPECT_EQ(ErrorOf([&] { cache_->MakeRoom(1); }), "internal");
  EXPECT_EQ(Rows(), 0);  // what could be fetched again made way first
}

TEST_P(AudioCacheTest, CleansUp) {
  const auto missing = Put("missing")->path;
  const auto cut = Put("cut")->path;
  const auto good = Put("good")->path;
  std::filesystem::remove(missing);
  std::filesystem::resize_file(cut, 100);
  const auto orphan = good.parent_path() / "orphan.opus";
  WriteFile(orphan, "left by a crash");
  CleanedUp done = cache_->CleanUp();
  EXPECT_EQ(done.missing, 1U);
  EXPECT_EQ(done.damaged, 1U);
  EXPECT_EQ(done.orphans, 0U);  // it may be under way
  EXPECT_EQ(done.evicted, 0U);
  EXPECT_EQ(done.bytes, 100U);
  EXPECT_EQ(cache_->totals().files, 1U);

  clock_.Advance(options_.cache_orphan_grace + 1h);
  done = cache_->CleanUp();
  EXPECT_EQ(done.orphans, 1U);
  EXPECT_EQ(done.bytes, 15U);
  EXPECT_EQ(Files(), std::vector<std::string>{good});
  EXPECT_TRUE(Has("good"));
  EXPECT_EQ(cache_->CleanUp().bytes, 0U);
}

TEST_P(AudioCacheTest, CleansUpWhatALowerQuotaLeavesOver) {
  for (int i = 0; i < 4; ++i) (void)Put(std::to_string(i), 15'000);
  options_.cache_max_bytes = 1 << 20;
  Restart();
  const std::uint64_t before = cache_->totals().bytes;
  ASSERT_GT(before, options_.cache_max_bytes);
  const CleanedUp done = cache_->CleanUp();
  EXPECT_GT(done.evicted, 0U);
  EXPECT_EQ(done.bytes, before - cache_->totals().bytes);
  EXPECT_LE(cache_->totals().bytes, options_.cache_max_bytes);
  EXPECT_FALSE(Has("0"));
  EXPECT_TRUE(Has("3"));
}

TEST_P(AudioCacheTest, RemovesWhatACrashLeftUnderWay) {
  const auto left = options_.cache_directory / "scratch" / "abcdef";
  std::filesystem::create_directories(left / "deeper");
  WriteFile(left / "deeper" / "media.webm.part", "half");
  Restart();
  EXPECT_TRUE(ScratchIsEmpty());
}

TEST_P(AudioCacheTest, SharesADatabaseWithoutTouchingTheOthersRows) {
  (void)Put("both");
  (void)Put("first");
  AudioOptions others = options_;
  others.cache_directory = folder_.path() / "other";
  AudioCache other(others, database_, clock_, {});
  EXPECT_FALSE(other.Find("first"));  // its file lies elsewhere: a miss
  {
    const Scratch scratch = other.MakeScratch();
    WriteFile(scratch.path() / "audio.opus", MakeOggOpus(5));
    (void)other.Put("both", "", scratch.path() / "audio.opus");
  }
  EXPECT_EQ(other.totals().files, 1U);
  EXPECT_EQ(other.CleanUp().missing, 0U);
  EXPECT_EQ(Rows(), 3);
  EXPECT_TRUE(Has("first"));
  EXPECT_NE(cache_->Find("both")->path, other.Find("both")->path);

  // A process that is gone for good is forgotten, when its rows are as old as that.
  clock_.Advance(options_.cache_forget_after + 24h);
  ASSERT_TRUE(Has("first"));
  EXPECT_EQ(other.CleanUp().forgotten, 1U);
  EXPECT_TRUE(Has("first"));
  EXPECT_EQ(Rows(), 2);
}

TEST_P(AudioCacheTest, IsOfOneProcessAlone) {
  try {
    AudioCache second(options_, database_, clock_, {});
    ADD_FAILURE();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("is used by another process"));
    EXPECT_THAT(error.what(), HasSubstr(options_.cache_directory.string()));
  }
  cache_.reset();
  EXPECT_NO_THROW(AudioCache(options_, database_, clock_, {}));
}

TEST_P(AudioCacheTest, SaysThatItsFolderCannotBeMade) {
  WriteFile(folder_.path() / "file", "");
  options_.cache_directory = folder_.path() / "file" / "cache";
  EXPECT_THROW(AudioCache(options_, database_, clock_, {}), std::runtime_error);
}

TEST_P(AudioCacheTest, IsUsedFromManyThreads) {
  options_.cache_max_bytes = 1 << 20;
  Restart();
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([this, i, &good] {
        for (int round = 0; round < 10; ++round) {
          const std::string key = std::to_string((i + round) % 6);
          AudioFilePtr file = cache_->Find(key);
          if (!file) {
            const Scratch scratch = cache_->MakeScratch();
            WriteFile(scratch.path() / "audio.opus", MakeOggOpus(3'000));
            file = cache_->Put(key, "", scratch.path() / "audio.opus");
          }
          if (MeasureOggOpus(file->path).packets == 3'000) ++good;
        }
      });
    }
  }
  EXPECT_EQ(good, 40);
  EXPECT_LE(cache_->totals().bytes, options_.cache_max_bytes);
  EXPECT_EQ(Files().size(), cache_->totals().files);
  EXPECT_EQ(cache_->CleanUp().bytes, 0U);
}

}  // namespace
}  // namespace disruptor::music
