#include "apps/media_standin/catalogue.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include "apps/discord_standin/random.hpp"

namespace media_standin {
namespace {

using standin::Random;
using Words = std::vector<std::string>;

const Words kFirst{"Velvet", "Paper", "Neon",  "Hollow",   "Silver", "Rhythm &", "Tiny",   "Concrete",
                   "Amber",  "Lunar", "Quiet", "Électric", "Rusty",  "Wild",     "Salt &", "Midnight"};
const Words kSecond{"Otters", "Parade",  "Lanterns", "Kestrel", "Motel",  "Cartographers", "Brews",   "Sisters",
                    "Fjord",  "Machine", "Umbrella", "Saints",  "Pepper", "Gärten",        "Harbour", "Foxes"};
const Words kVerbs{"Don't Wait", "Running", "Falling", "Dancing", "Waiting", "Singing", "Leaving", "Burning",
                   "Counting",   "Driving", "Chasing", "Drawing", "Mending", "Hiding",  "Sailing", "Sleeping"};
const Words kWhere{
    "for the Tide",  "<Live>",       "in Osaka",    "Under Glass", "by Heart",   "on \"Main\" Street",
    "at the Border", "Without Rain", "to Stop",     "Again",       "After Dark", "in the Snow (feat. 雨)",
    "Like Thunder",  "on the Radio", "Before Noon", "of the North"};
const Words kLists{"Long Drive",    "Kitchen Radio", "Deep Focus", "Rain & Trains",
                   "Party at Nine", "Sunday",        "Gym",        "Slow"};

constexpr std::size_t kLongestList = 60;
constexpr std::size_t kShortestList = 3;

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

std::vector<std::size_t> PickSongs(Random& random, std::size_t count, std::size_t of) {
  std::vector<std::size_t> songs;
  for (std::size_t i = 0; i < count; ++i) songs.push_back(random.Below(of));
  return songs;
}

SongList MakeList(Random& random, std::size_t index, bool is_album, std::size_t songs) {
  SongList list{.youtube_id = "PL" + random.Letters(32),
                .spotify_id = random.Letters(22),
                .title = random.Pick(kLists) + " " + std::to_string(index + 1),
                .is_album = is_album,
                .songs = {}};
  std::size_t length = kShortestList + random.Below(kLongestList - kShortestList + 1);
  if (index == 0) length = is_album ? kShortestList : kLongestList;
  list.songs = PickSongs(random, length, songs);
  if (index == 0 && !is_album) {
    list.songs[5] = SongList::kPrivate;
    list.songs[11] = SongList::kDeleted;
  }
  return list;
}

template <typename Things, typename Matches>
auto* Find(const Things& things, Matches matches) noexcept {
  const auto found = std::find_if(things.begin(), things.end(), matches);
  return found == things.end() ? nullptr : &*found;
}

}  // namespace

Catalogue::Catalogue(std::uint64_t seed, std::size_t songs, std::size_t playlists, std::size_t albums) {
  Random random(seed);
  std::set<std::string> names;
  for (std::size_t i = 0; i < songs; ++i) {
    Song song{.video_id = random.Letters(11),
              .track_id = random.Letters(22),
              .title = random.Pick(kVerbs) + " " + random.Pick(kWhere),
              .artist = random.Pick(kFirst) + " " + random.Pick(kSecond),
              .length = std::chrono::seconds(3 + random.Below(18)),
              .tone_hz = 200 + 2 * static_cast<int>(i),
              .is_live = i + 1 == songs};
    if (!names.insert(song.artist + song.title).second) song.title += " No. " + std::to_string(i);
    songs_.push_back(std::move(song));
  }
  for (std::size_t i = 0; i < playlists; ++i) lists_.push_back(MakeList(random, i, false, songs - 1));
  for (std::size_t i = 0; i < albums; ++i) lists_.push_back(MakeList(random, i, true, songs - 1));
}

const Song* Catalogue::FindVideo(std::string_view id) const noexcept {
  return Find(songs_, [id](const Song& song) { return song.video_id == id; });
}

const Song* Catalogue::FindTrack(std::string_view id) const noexcept {
  return Find(songs_, [id](const Song& song) { return song.track_id == id && !song.is_live; });
}

const SongList* Catalogue::FindYouTubeList(std::string_view id) const noexcept {
  return Find(lists_, [id](const SongList& list) { return list.youtube_id == id; });
}

const SongList* Catalogue::FindSpotifyList(std::string_view id, bool is_album) const noexcept {
  return Find(lists_, [&](const SongList& list) { return list.spotify_id == id && list.is_album == is_album; });
}

std::vector<const Song*> Catalogue::Search(std::string_view words, std::size_t limit) const {
  std::vector<std::string> wanted;
  std::istringstream stream(ToLower(words));
  for (std::string word; stream >> word;) wanted.push_back(word);
  std::vector<std::pair<std::size_t, const Song*>> scored;
  for (const Song& song : songs_) {
    const std::string text = " " + ToLower(song.artist + " " + song.title) + " ";
    const auto matches =
        static_cast<std::size_t>(std::count_if(wanted.begin(), wanted.end(), [&](const std::string& word) {
          return text.find(" " + word + " ") != text.npos;
        }));
    if (matches > 0) scored.emplace_back(matches, &song);
  }
  std::stable_sort(scored.begin(), scored.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<const Song*> found;
  for (const auto& [matches, song] : scored) {
    if (found.size() == limit) break;
    found.push_back(song);
  }
  return found;
}

Json Catalogue::ToJson() const {
  Json json{{"songs", Json::array()}, {"playlists", Json::array()}, {"albums", Json::array()}};
  for (const Song& song : songs_) {
    json["songs"].push_back({{"youtube_id", song.video_id},
                             {"spotify_id", song.track_id},
                             {"title", song.title},
                             {"artist", song.artist},
                             {"seconds", song.length.count()},
                             {"tone_hz", song.tone_hz},
                             {"live", song.is_live}});
  }
  for (const SongList& list : lists_) {
    json[list.is_album ? "albums" : "playlists"].push_back({{"youtube_id", list.youtube_id},
                                                            {"spotify_id", list.spotify_id},
                                                            {"title", list.title},
                                                            {"entries", list.songs.size()}});
  }
  return json;
}

}  // namespace media_standin
