#include "apps/media_standin/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace media_standin {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Catalogue, IsTheSameForOneSeedAndAnotherForAnother) {
  EXPECT_EQ(Catalogue(7, 50, 3, 3).ToJson(), Catalogue(7, 50, 3, 3).ToJson());
  EXPECT_NE(Catalogue(7, 50, 3, 3).ToJson(), Catalogue(8, 50, 3, 3).ToJson());
}

TEST(Catalogue, HasSongsThatDifferInNameIdAndTone) {
  const Catalogue catalogue(1, 500, 2, 2);
  std::set<std::string> names;
  std::set<std::string> ids;
  std::set<int> tones;
  for (const Song& song : catalogue.songs()) {
    names.insert(song.artist + " - " + song.title);
    ids.insert({song.video_id, song.track_id});
    tones.insert(song.tone_hz);
    EXPECT_EQ(song.video_id.size(), 11U);
    EXPECT_EQ(song.track_id.size(), 22U);
    EXPECT_GE(song.length.count(), 3);
    EXPECT_LE(song.length.count(), 20);
  }
  EXPECT_THAT(names, SizeIs(500));
  EXPECT_THAT(ids, SizeIs(1'000));
  EXPECT_THAT(tones, SizeIs(500));
}

TEST(Catalogue, FindsTheSongWithMostOfTheWordsFirst) {
  const Catalogue catalogue(1, 120, 2, 2);
  for (const Song& song : catalogue.songs()) {
    const auto found = catalogue.Search(song.artist + " " + song.title, 5);
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found[0]->artist + found[0]->title, song.artist + song.title);
  }
  EXPECT_THAT(catalogue.Search("xyzzy", 5), IsEmpty());
  EXPECT_THAT(catalogue.Search("", 5), IsEmpty());
}

TEST(Catalogue, HasAPlaylistWithEntriesThatCannotBePlayedAndAShortAlbum) {
  const Catalogue catalogue(1, 120, 2, 2);
  ASSERT_THAT(catalogue.lists(), SizeIs(4));
  EXPECT_THAT(catalogue.lists()[0].songs, SizeIs(60));
  EXPECT_EQ(catalogue.lists()[0].songs[5], SongList::kPrivate);
  EXPECT_EQ(catalogue.lists()[0].songs[11], SongList::kDeleted);
  EXPECT_TRUE(catalogue.lists()[2].is_album);
  EXPECT_THAT(catalogue.lists()[2].songs, SizeIs(3));
  for (const SongList& list : catalogue.lists()) {
    for (const std::size_t song : list.songs) EXPECT_NE(song, 119U) << "the broadcast is in a list";
  }
}

}  // namespace
}  // namespace media_standin
