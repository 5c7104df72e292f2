#include "apps/disruptor/music/search/sounds.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <system_error>

#include "guildscope/base/utf8.hpp"

namespace disruptor::music {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMany = 10'000;

std::string ToLower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

bool IsSoundName(std::string_view name) {
  constexpr std::array<std::string_view, 6> kExtensions{".wav", ".ogg", ".opus", ".mp3", ".flac", ".m4a"};
  if (name.empty() || name.front() == '.' || name.find('/') != std::string_view::npos ||
      name.find('\0') != std::string_view::npos || !guildscope::IsUtf8(name)) {
    return false;
  }
  const std::string extension = ToLower(fs::path(name).extension().string());
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

/// `root` is canonical.
std::optional<fs::path> Inside(const fs::path& root, const std::string& name) {
  if (!IsSoundName(name)) return std::nullopt;
  std::error_code error;
  const fs::path file = fs::canonical(root / name, error);
  if (error || !fs::is_regular_file(file, error) || error) return std::nullopt;
  const auto [end, ignored] = std::mismatch(root.begin(), root.end(), file.begin(), file.end());
  if (end != root.end()) return std::nullopt;
  return file;
}

}  // namespace

std::vector<std::string> ListSounds(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  const fs::path root = fs::canonical(directory, error);
  if (error) return names;
  for (fs::directory_iterator entry(root, error); !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (Inside(root, name)) names.push_back(std::move(name));
    if (names.size() == kMany) break;
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<fs::path> FindSound(const fs::path& directory, std::string_view name) {
  std::error_code error;
  const fs::path root = fs::canonical(directory, error);
  if (error) return std::nullopt;
  return Inside(root, std::string(name));
}

std::optional<std::string> MatchSound(std::string_view text, const std::vector<std::string>& sounds) {
  if (std::find(sounds.begin(), sounds.end(), text) != sounds.end()) return std::string(text);
  const std::string wanted = ToLower(text);
  const auto match = std::find_if(sounds.begin(), sounds.end(), [&wanted](const std::string& sound) {
    const std::string name = ToLower(sound);
    return name == wanted || name.substr(0, name.rfind('.')) == wanted;
  });
  if (match == sounds.end()) return std::nullopt;
  return *match;
}

}  // namespace disruptor::music
