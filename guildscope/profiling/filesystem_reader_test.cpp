#include "guildscope/profiling/filesystem_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "guildscope/profiling/fake_proc.hpp"

namespace guildscope::profiling {
namespace {

using ::testing::ElementsAre;

class FilesystemReaderTest : public ::testing::Test {
 protected:
  FilesystemReaderTest() {
    proc_.Write("filesystems", "nodev\tsysfs\nnodev\ttmpfs\nnodev\toverlay\n\text4\n\txfs\n\tsquashfs\nnodev\tnfs4\n");
  }

  std::vector<std::string> Read(const std::string& mounts) {
    proc_.Write("self/mountinfo", mounts);
    asked_.clear();
    const FilesystemReader reader(proc_.root(), [this](const std::string& mountpoint) {
      asked_.push_back(mountpoint);
      return unmeasured_ == mountpoint ? std::nullopt : std::optional(FilesystemValues{mountpoint, 1, 2});
    });
    std::vector<std::string> mountpoints;
    for (const auto& filesystem : reader.Read()) mountpoints.push_back(filesystem.mountpoint);
    return mountpoints;
  }

  FakeProc proc_;
  std::vector<std::string> asked_;
  std::string unmeasured_;
};

TEST_F(FilesystemReaderTest, FindsThoseOnBlockDevices) {
  EXPECT_THAT(Read("22 27 0:21 / /proc rw - proc proc rw\n"
                   "25 24 0:23 / /dev/shm rw - tmpfs tmpfs rw\n"
                   "40 27 8:2 / /srv/music rw,relatime shared:1 master:2 - xfs /dev/sdb1 rw\n"
                   "27 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
                   "41 27 7:1 / /snap/core ro - squashfs /dev/loop1 ro\n"
                   "42 27 0:99 / /tank rw - zfs tank rw\n"),
              ElementsAre("/", "/tank", "/srv/music"));
}

TEST_F(FilesystemReaderTest, NeverTouchesOneOnTheNetwork) {
  Read(
      "27 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
      "28 27 0:50 / /mnt/nas rw - nfs4 nas:/music rw\n"
      "29 27 0:51 / /mnt/share rw - cifs //nas/music rw\n"
      "30 27 0:52 / /mnt/far rw - fuse.sshfs far: rw\n");
  EXPECT_THAT(asked_, ElementsAre("/"));
  Read("27 1 0:50 / / rw - nfs4 nas:/root rw\n");
  EXPECT_THAT(asked_, ElementsAre());
}

TEST_F(FilesystemReaderTest, AContainersRootCountsWhateverItIs) {
  EXPECT_THAT(Read("27 1 0:60 / / rw - overlay overlay rw,lowerdir=/a\n28 27 0:61 / /x rw - overlay overlay rw\n"),
              ElementsAre("/"));
}

TEST_F(FilesystemReaderTest, ARootThatIsNoMountPointCountsToo) {
  EXPECT_THAT(Read("42 27 0:21 / /proc rw - proc proc rw\n"), ElementsAre("/"));
}

TEST_F(FilesystemReaderTest, TellsADeviceOnceAtItsShortestMountPointThatIsAFolder) {
  unmeasured_ = "/etc/hosts";
  EXPECT_THAT(Read("28 27 8:1 /docker/hosts /etc/hosts rw - ext4 /dev/sda1 rw\n"
                   "29 27 8:1 /volumes/1 /var/lib/bot rw - ext4 /dev/sda1 rw\n"
                   "30 27 8:1 /volumes/2 /var/lib/bot/music rw - ext4 /dev/sda1 rw\n"),
              ElementsAre("/", "/var/lib/bot"));
}

TEST_F(FilesystemReaderTest, WhatIsMountedOnTopHidesWhatIsBelow) {
  EXPECT_THAT(Read("28 27 8:1 / /data rw - ext4 /dev/sda1 rw\n29 27 0:9 / /data rw - tmpfs tmpfs rw\n"),
              ElementsAre("/"));
}

TEST_F(FilesystemReaderTest, NamesWithBlanksAreReadAsTheyAre) {
  EXPECT_THAT(Read("28 27 8:1 / /mnt/my\\040disk\\134x rw - ext4 /dev/sda1 rw\n29 27 8:2 / /odd\\04 rw - ext4 x rw\n"),
              ElementsAre("/", "/odd\\04", "/mnt/my disk\\x"));
}

TEST_F(FilesystemReaderTest, LinesItDoesNotUnderstandAreLeftOut) {
  EXPECT_THAT(Read("nonsense\n\n28 27 8:1 / /data rw - ext4\n27 1 8:2 / /cut rw\n"), ElementsAre("/", "/data"));
  proc_.Remove("self/mountinfo");
  EXPECT_TRUE(FilesystemReader(proc_.root()).Read().empty());
}

TEST(FilesystemReader, MeasuresFoldersAlone) {
  EXPECT_TRUE(FilesystemReader::MeasureFilesystem("/"));
  EXPECT_FALSE(FilesystemReader::MeasureFilesystem("/proc/self/status")) << "a file";
  EXPECT_FALSE(FilesystemReader::MeasureFilesystem("/proc")) << "has no size";
  EXPECT_FALSE(FilesystemReader::MeasureFilesystem("/is/not/there"));
}

}  // namespace
}  // namespace guildscope::profiling
