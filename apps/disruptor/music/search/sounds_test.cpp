#include "apps/disruptor/music/search/sounds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace disruptor::music {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

class SoundsTest : public ::testing::Test {
 protected:
  SoundsTest()
      : root_(fs::path(::testing::TempDir()) / ("sounds_" + std::to_string(::getpid()))), folder_(root_ / "in") {
    fs::create_directories(folder_ / "below");
    Write(root_ / "secret.ogg");
    for (const char* name : {"b.ogg", "a.WAV", "c d.opus", "notes.txt", ".hidden.ogg", "below/e.ogg"})
      Write(folder_ / name);
  }
  ~SoundsTest() override { fs::remove_all(root_); }
  static void Write(const fs::path& file) { std::ofstream(file) << "x"; }

  const fs::path root_;
  const fs::path folder_;
};

TEST_F(SoundsTest, AreTheSoundFilesOfTheFolderSorted) {
  fs::create_directory(folder_ / "folder.ogg");
  EXPECT_THAT(ListSounds(folder_), ElementsAre("a.WAV", "b.ogg", "c d.opus"));
  EXPECT_THAT(ListSounds(root_ / "none"), IsEmpty());
  EXPECT_THAT(ListSounds(folder_ / "b.ogg"), IsEmpty());
}

TEST_F(SoundsTest, DoNotLeadOutOfTheFolder) {
  fs::create_symlink(root_ / "secret.ogg", folder_ / "out.ogg");
  fs::create_symlink("../secret.ogg", folder_ / "out too.ogg");
  fs::create_symlink("b.ogg", folder_ / "inside.ogg");
  fs::create_symlink("nowhere", folder_ / "dangling.ogg");
  ASSERT_EQ(::mkfifo((folder_ / "pipe.ogg").c_str(), 0600), 0);
  EXPECT_THAT(ListSounds(folder_), ElementsAre("a.WAV", "b.ogg", "c d.opus", "inside.ogg"));
  for (const std::string& name : {std::string("../secret.ogg"), (root_ / "secret.ogg").string(), std::string("out.ogg"),
                                  std::string("below/e.ogg"), std::string("b.ogg\0.ogg", 10),
                                  std::string(".hidden.ogg"), std::string(), std::string("."), std::string("..")}) {
    EXPECT_FALSE(FindSound(folder_, name).has_value()) << name;
  }
  EXPECT_EQ(FindSound(folder_, "b.ogg"), fs::canonical(folder_ / "b.ogg"));
}

TEST_F(SoundsTest, AreInAFolderThatIsALink) {
  fs::create_directory_symlink(folder_, root_ / "link");
  EXPECT_EQ(FindSound(root_ / "link", "b.ogg"), fs::canonical(folder_ / "b.ogg"));
}

}  // namespace
}  // namespace disruptor::music
