#include "guildscope/base/redactor.hpp"

#include <algorithm>

#include "guildscope/base/redactor_scan.hpp"
#include "guildscope/base/redactor_shapes.hpp"

namespace guildscope {
namespace {

namespace shapes = redactor_shapes;

constexpr std::size_t kShortestSecret = 4;

void ReplaceAll(std::string& text, std::string_view secret) {
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + shapes::kMask.size())) {
    text.replace(at, secret.size(), shapes::kMask);
  }
}

template <typename FindFrom, typename PartAt>
void MaskShape(std::string& text, FindFrom find_from, PartAt part_at) {
  for (std::size_t at = find_from(0); at != std::string::npos; at = find_from(at + 1)) {
    if (const auto part = part_at(at)) text.replace(part->begin, part->size, shapes::kMask);
  }
}

void MaskShapes(std::string& text) {
  const auto find_header = [&](std::size_t from) {
    for (std::size_t at = from; at + shapes::kAuthorization.size() <= text.size(); ++at) {
      if (shapes::LiesAtInAnyCase(text, at, shapes::kAuthorization)) return at;
    }
    return std::string::npos;
  };
  const auto finder = [&](std::string_view what) {
    return [&text, what](std::size_t from) { return text.find(what, from); };
  };
  MaskShape(text, find_header, [&](std::size_t at) { return shapes::AuthorizationValue(text, at); });
  MaskShape(text, finder(shapes::kUrl), [&](std::size_t at) { return shapes::UrlPassword(text, at); });
  for (const std::string_view route : {shapes::kInteractions, shapes::kWebhooks}) {
    MaskShape(text, finder(route), [&](std::size_t at) { return shapes::RouteToken(text, at, route); });
  }
}

}  // namespace

Redactor::Redactor() {
  scans_.push_back(std::make_unique<const RedactorScan>(std::vector<std::string>{}));
  scan_.store(scans_.back().get(), std::memory_order_release);
}

Redactor::~Redactor() = default;

void Redactor::AddSecret(std::string_view secret) {
  if (secret.size() < kShortestSecret) return;
  const std::lock_guard lock(mutex_);
  std::vector<std::string> secrets = scans_.back()->secrets();
  if (std::find(secrets.begin(), secrets.end(), secret) != secrets.end()) return;
  secrets.emplace_back(secret);
  scans_.push_back(std::make_unique<const RedactorScan>(std::move(secrets)));
  scan_.store(scans_.back().get(), std::memory_order_release);
}

bool Redactor::NeedsRedaction(std::string_view text) const noexcept {
  return scan_.load(std::memory_order_acquire)->Finds(text);
}

std::string Redactor::Redact(std::string_view text) const {
  const RedactorScan& scan = *scan_.load(std::memory_order_acquire);
  std::string result(text);
  if (!scan.Finds(text)) return result;
  // A secret that contains another one goes first, or its rest would stay.
  for (const std::string& secret : scan.secrets()) ReplaceAll(result, secret);
  MaskShapes(result);
  return result;
}

}  // namespace guildscope
