#include "apps/disruptor/music/audio/program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace disruptor::music {

std::vector<std::string> ChildEnvironment(const std::filesystem::path& scratch) {
  constexpr const char* kInherited[] = {"PATH",     "http_proxy",    "https_proxy", "all_proxy",
                                        "no_proxy", "HTTP_PROXY",    "HTTPS_PROXY", "ALL_PROXY",
                                        "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"};
  std::vector<std::string> variables{"LANG=C.UTF-8", "HOME=" + scratch.string(), "TMPDIR=" + scratch.string()};
  for (const char* name : kInherited) {
    if (const char* value = std::getenv(name)) variables.push_back(std::string(name) + "=" + value);
  }
  return variables;
}

std::optional<std::string> FindProgram(std::string_view name) {
  const auto runnable = [](const std::string& file) {
    struct stat status{};
    return stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && access(file.c_str(), X_OK) == 0;
  };
  if (name.empty()) return std::nullopt;
  if (name.find('/') != std::string_view::npos) {
    return runnable(std::string(name)) ? std::optional(std::string(name)) : std::nullopt;
  }
  const char* path = std::getenv("PATH");
  std::string_view folders = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!folders.empty()) {
    const std::size_t colon = std::min(folders.find(':'), folders.size());
    if (colon > 0) {
      std::string file = std::string(folders.substr(0, colon)) + "/" + std::string(name);
      if (runnable(file)) return file;
    }
    folders.remove_prefix(std::min(colon + 1, folders.size()));
  }
  return std::nullopt;
}

}  // namespace disruptor::music
