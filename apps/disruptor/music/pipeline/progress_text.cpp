#include <algorithm>
#include <string>
#include <string_view>

#include "apps/disruptor/music/pipeline/bundle.hpp"

namespace disruptor::music {
namespace {

constexpr std::size_t kMostProblems = 5;
constexpr std::string_view kMarkup = "\\*_~`|>#[]()<:@";

bool IsContinuation(char symbol) noexcept { return (static_cast<unsigned char>(symbol) & 0xC0U) == 0x80U; }

std::string Problems(const Bundle& bundle) {
  std::string text;
  std::size_t told = 0;
  std::size_t failed = 0;
  for (const Bundle::Entry& entry : bundle.entries()) {
    if (entry.state != RequestState::kFailed || ++failed > kMostProblems) continue;
    text += (told++ == 0 ? " " : "; ") + PlainText(entry.description, 60) + " (" + PlainText(entry.problem, 80) + ")";
  }
  if (failed > told) text += "; and " + std::to_string(failed - told) + " more";
  return text;
}

std::string DescribeOne(const Bundle& bundle) {
  const Bundle::Entry& entry = bundle.entries().front();
  const std::string what = "**" + PlainText(entry.description) + "**";
  switch (entry.state) {
    case RequestState::kWaiting:
      return "Looking for " + what + " …";
    case RequestState::kReady:
      return "Queued: " + what;
    case RequestState::kPlayed:
      return "Played: " + what;
    case RequestState::kFailed:
      return "I could not play " + what + ": " + PlainText(entry.problem, 300);
    case RequestState::kStopped:
      break;
  }
  return "Stopped: " + what;
}

}  // namespace

std::string PlainText(std::string_view text, std::size_t most) {
  std::string plain;
  std::size_t symbols = 0;
  for (const char symbol : text) {
    if (!IsContinuation(symbol) && symbols++ == most) return plain + "…";
    const bool is_control = static_cast<unsigned char>(symbol) < 0x20 || symbol == 0x7F;
    if (kMarkup.find(symbol) != std::string_view::npos) plain += '\\';
    plain += is_control ? ' ' : symbol;
  }
  return plain;
}

std::string DescribeProgress(const Bundle& bundle) {
  const BundleCounts counts = bundle.Counts();
  if (counts.total == 1 && bundle.title().empty()) return DescribeOne(bundle);
  const std::string title = bundle.title().empty() ? "" : "**" + PlainText(bundle.title()) + "**: ";
  const bool ended = bundle.ended();
  const std::size_t done = ended ? counts.played : counts.ready + counts.played;
  std::string text =
      title + std::to_string(done) + " of " + std::to_string(counts.total) + (ended ? " played" : " ready");
  if (counts.stopped > 0) text += ", " + std::to_string(counts.stopped) + " stopped";
  if (counts.failed > 0) text += ", " + std::to_string(counts.failed) + " failed:" + Problems(bundle);
  return text;
}

std::string DescribeRestart(const std::string& title, std::size_t total, std::size_t unplayed) {
  const std::string what = title.empty() ? "" : "**" + PlainText(title) + "**: ";
  if (total == 1) return what + "I was restarted before this was played. Use `/play` again.";
  return what + "I was restarted; " + std::to_string(unplayed) + " of " + std::to_string(total) +
         " were not played. Use `/play` again.";
}

}  // namespace disruptor::music
