#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace disruptor::music {

/// The names of the sound files (wav, ogg, opus, mp3, flac, m4a) in a folder, sorted; those in folders below it, hidden
/// ones, and links that lead out of it are not there. A folder that does not exist or cannot be read has none. 10,000
/// at most.
///
/// Cost: reads the folder. Threads: any.
[[nodiscard]] std::vector<std::string> ListSounds(const std::filesystem::path& directory);

/// The file of that name, when it is one that ListSounds would list: whatever the name says, it is inside the folder.
[[nodiscard]] std::optional<std::filesystem::path> FindSound(const std::filesystem::path& directory,
                                                             std::string_view name);

/// The sound that a text means: its name, or else, in any case of ASCII letters, its name or the name without
/// extension.
[[nodiscard]] std::optional<std::string> MatchSound(std::string_view text, const std::vector<std::string>& sounds);

}  // namespace disruptor::music
