#include "guildscope/base/redactor.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace guildscope {
namespace {

constexpr std::string_view kMask = "***";
constexpr std::size_t kShortestSecret = 4;

void ReplaceAll(std::string& text, std::string_view secret) {
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kMask.size())) {
    text.replace(at, secret.size(), kMask);
  }
}

bool EndsToken(char c) { return std::isspace(static_cast<unsigned char>(c)) || c == '"' || c == '\'' || c == ','; }

/// `Authorization: Bot abc` and `"authorization": "Bearer abc"`: the rest of the header's line or string goes.
void MaskAuthorization(std::string& text) {
  constexpr std::string_view kHeader = "authorization";
  auto same_letter = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  auto at = text.begin();
  while ((at = std::search(at, text.end(), kHeader.begin(), kHeader.end(), same_letter)) != text.end()) {
    auto value = at + kHeader.size();
    while (value != text.end() && (*value == '"' || *value == ':' || *value == '=' || *value == ' ')) ++value;
    auto end = std::find_if(value, text.end(), [](char c) { return c == '\r' || c == '\n' || c == '"'; });
    const bool has_value = value != at + kHeader.size() && value != end;
    const auto next = (has_value ? value : at + kHeader.size()) - text.begin();
    if (has_value) text.replace(value, end, kMask);
    at = text.begin() + next;
  }
}

/// `scheme://user:password@host`: the password goes, the rest says where it failed.
void MaskUrlPasswords(std::string& text) {
  constexpr std::string_view kSeparator = "://";
  for (std::size_t at = text.find(kSeparator); at != std::string::npos; at = text.find(kSeparator, at + 1)) {
    const std::size_t start = at + kSeparator.size();
    std::size_t end = start;
    while (end < text.size() && text[end] != '/' && !EndsToken(text[end])) ++end;
    const std::size_t host = text.rfind('@', end);
    if (host == std::string::npos || host < start) continue;
    const std::size_t colon = text.find(':', start);
    if (colon == std::string::npos || colon > host) continue;
    text.replace(colon + 1, host - colon - 1, kMask);
  }
}

/// `/interactions/{id}/{token}` and `/webhooks/{id}/{token}`: whoever has the token may answer in the bot's name.
void MaskRouteTokens(std::string& text) {
  for (const std::string_view route : {std::string_view("/interactions/"), std::string_view("/webhooks/")}) {
    for (std::size_t at = text.find(route); at != std::string::npos; at = text.find(route, at + 1)) {
      std::size_t id_end = at + route.size();
      while (id_end < text.size() && std::isdigit(static_cast<unsigned char>(text[id_end]))) ++id_end;
      if (id_end == at + route.size() || id_end >= text.size() || text[id_end] != '/') continue;
      std::size_t end = id_end + 1;
      while (end < text.size() && text[end] != '/' && text[end] != '?' && !EndsToken(text[end])) ++end;
      if (end > id_end + 1) text.replace(id_end + 1, end - id_end - 1, kMask);
    }
  }
}

}  // namespace

void Redactor::AddSecret(std::string_view secret) {
  if (secret.size() < kShortestSecret) return;
  const std::lock_guard lock(mutex_);
  auto secrets = std::make_shared<Secrets>(*secrets_);
  if (std::find(secrets->begin(), secrets->end(), secret) != secrets->end()) return;
  secrets->emplace_back(secret);
  // A secret that contains another one must go first, or its rest would stay.
  std::sort(secrets->begin(), secrets->end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  secrets_ = std::move(secrets);
}

std::string Redactor::Redact(std::string_view text) const {
  std::shared_ptr<const Secrets> secrets;
  {
    const std::lock_guard lock(mutex_);
    secrets = secrets_;
  }
  std::string result(text);
  for (const std::string& secret : *secrets) ReplaceAll(result, secret);
  MaskAuthorization(result);
  MaskUrlPasswords(result);
  MaskRouteTokens(result);
  return result;
}

}  // namespace guildscope
