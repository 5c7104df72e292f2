#include "apps/disruptor/discord/dpp_voice_links.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <exception>
#include <future>
#include <utility>
#include <vector>

namespace disruptor {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr int kMostDrops = 4;
// Discord says by itself whether the bot was moved, thrown out, or is to go to another server.
constexpr seconds kDisconnectedWait{5};
// What Discord says about one change may come in any order, but comes together.
constexpr seconds kTogether{2};
// The loop may be asleep between two shards that it starts; what is left then is seen to by the destructor.
constexpr std::chrono::milliseconds kCloseLimit{300};

/// Close codes of Discord's voice gateway after which the same credentials are worth nothing.
bool IsFinal(unsigned code) {
  switch (code) {
    case 4004:  // authentication failed
    case 4006:  // session no longer valid
    case 4009:  // session timeout
    case 4011:  // server not found
    case 4012:  // unknown protocol
    case 4016:  // unknown encryption mode
    case 4017:  // end-to-end encryption required
    case 4021:  // rate limited
      return true;
    default:
      return false;
  }
}

/// Those of them with which Discord says by other ways what comes next: disconnected, call terminated.
bool IsDisconnect(unsigned code) { return code == 4014 || code == 4022; }

std::string Describe(unsigned code) {
  return code == 0 ? "it ended without a close code" : "close code " + std::to_string(code);
}

bool IsComplete(const VoiceCredentials& credentials) {
  return !credentials.session_id.empty() && !credentials.token.empty() && !credentials.endpoint.empty();
}

}  // namespace

DppVoiceLinks::DppVoiceLinks(dpp::cluster& bot, EventLoop& loop, bool dave, guildscope::logging::Logger logger)
    : bot_(bot),
      loop_(loop),
      dave_(dave),
      logger_(std::move(logger)),
      listener_{.on_left = [](Snowflake) {}, .on_lost = [](Snowflake, const std::string&) {}} {}

DppVoiceLinks::~DppVoiceLinks() {
  // Not closed in time: the cluster may be gone, and they would ask it.
  for (auto& [guild, link] : links_) (void)link.client.release();
}

DppVoiceLinks::Link* DppVoiceLinks::Find(Snowflake guild) {
  const auto entry = links_.find(guild);
  return entry == links_.end() ? nullptr : &entry->second;
}

void DppVoiceLinks::Expect(Snowflake guild, Snowflake channel) {
  Link& link = links_[guild];
  Destroy(link);
  link.credentials = {.guild = guild, .channel = channel};
  link.drops = 0;
}

void DppVoiceLinks::Drop(Snowflake guild) {
  Link* link = Find(guild);
  if (link == nullptr) return;
  Destroy(*link);
  links_.erase(guild);
  listener_.on_left(guild);
}

void DppVoiceLinks::OnOwnVoiceState(Snowflake guild, Snowflake channel, const std::string& session_id) {
  loop_.Post([this, guild, channel, session_id] {
    if (channel == 0) return Drop(guild);
    Link* link = Find(guild);
    if (link == nullptr) return;
    const bool moved = link->credentials.channel != channel;
    link->credentials.channel = channel;
    link->credentials.session_id = session_id;
    // The way to the voice server of another channel is told as well; it may have been told before this.
    const bool is_new = link->client == nullptr || (moved && steady_clock::now() - link->connected < kTogether);
    if (is_new && IsComplete(link->credentials)) Connect(guild, *link);
  });
}

void DppVoiceLinks::OnVoiceServer(Snowflake guild, const std::string& token, const std::string& endpoint) {
  loop_.Post([this, guild, token, endpoint] {
    Link* link = Find(guild);
    if (link == nullptr) return;
    const VoiceCredentials before = link->credentials;
    link->credentials.token = token;
    link->credentials.endpoint = endpoint;
    if (link->client != nullptr && before == link->credentials) return;
    link->drops = 0;
    if (IsComplete(link->credentials)) return Connect(guild, *link);
    Destroy(*link);  // Without an endpoint: the server is gone, and the next is on its way.
  });
}

void DppVoiceLinks::DropAll(std::function<bool(Snowflake)> which) {
  loop_.Post([this, which = std::move(which)] {
    std::vector<Snowflake> chosen;
    for (const auto& [guild, link] : links_) {
      if (which(guild)) chosen.push_back(guild);
    }
    for (const Snowflake guild : chosen) Drop(guild);
  });
}

bool DppVoiceLinks::IsReady(Snowflake guild) {
  const Link* link = Find(guild);
  return link != nullptr && link->client != nullptr && link->client->ready();
}

bool DppVoiceLinks::Send(Snowflake guild, std::span<const std::uint8_t> opus, std::int64_t samples) {
  if (!IsReady(guild)) return false;
  links_.at(guild).client->SendFrame(opus, samples);
  return true;
}

void DppVoiceLinks::Connect(Snowflake guild, Link& link) {
  Destroy(link);
  const std::uint64_t number = link.number;
  link.connected = steady_clock::now();
  try {
    link.client = std::make_unique<DppVoiceClient>(
        bot_, link.credentials, dave_,
        DppVoiceClient::Callbacks{.on_ready = [this, guild, number] { OnReady(guild, number); },
                                  // Later, for it is called from within the client.
                                  .on_lost =
                                      [this, guild, number](unsigned code) {
                                        loop_.Post([this, guild, number, code] { OnLost(guild, number, code); });
                                      }});
  } catch (const std::exception& error) {
    logger_.Warning("guild {}: cannot connect to the voice server: {}", guild, error.what());
    loop_.Post([this, guild, number] { OnLost(guild, number, 0); });
  }
}

void DppVoiceLinks::OnReady(Snowflake guild, std::uint64_t number) {
  Link* link = Find(guild);
  if (link == nullptr || link->number != number) return;
  logger_.Debug("guild {}: connected to the voice server", guild);
  // Only what stays up counts as up.
  After(kDisconnectedWait, guild, number, [](Link& up) { up.drops = 0; });
}

void DppVoiceLinks::OnLost(Snowflake guild, std::uint64_t number, unsigned close_code) {
  Link* link = Find(guild);
  if (link == nullptr || link->number != number) return;
  Destroy(*link);
  if (IsFinal(close_code)) return Lose(guild, *link, Describe(close_code));
  if (IsDisconnect(close_code)) {
    return After(kDisconnectedWait, guild, link->number, [this, guild](Link& still) {
      Lose(guild, still, "Discord disconnected it, and did not say where to go instead");
    });
  }
  if (++link->drops > kMostDrops) return Lose(guild, *link, "it was dropped too often: " + Describe(close_code));
  logger_.Info("guild {}: the voice server was lost ({}); connecting again", guild, Describe(close_code));
  if (link->drops == 1) return Connect(guild, *link);
  After(seconds(1 << (link->drops - 2)), guild, link->number, [this, guild](Link& still) { Connect(guild, still); });
}

void DppVoiceLinks::After(seconds wait, Snowflake guild, std::uint64_t number, std::function<void(Link& link)> work) {
  bot_.start_timer(
      [this, guild, number, work = std::move(work)](dpp::timer timer) {
        bot_.stop_timer(timer);
        Link* link = Find(guild);
        if (link != nullptr && link->number == number) work(*link);
      },
      static_cast<std::uint64_t>(wait.count()));
}

void DppVoiceLinks::Lose(Snowflake guild, Link& link, const std::string& why) {
  Destroy(link);
  link.credentials.token.clear();
  link.credentials.endpoint.clear();
  listener_.on_lost(guild, why);
}

void DppVoiceLinks::Destroy(Link& link) {
  link.number = ++last_number_;
  if (link.client == nullptr) return;
  const dpp::socket udp = link.client->udp_socket();
  link.client.reset();
  if (udp >= 0) ::close(udp);
}

void DppVoiceLinks::Close() {
  const auto closed = std::make_shared<std::promise<void>>();
  auto done = closed->get_future();
  const bool posted = loop_.Post([this, closed] {
    for (auto& [guild, link] : links_) Destroy(link);
    links_.clear();
    closed->set_value();
  });
  if (posted) done.wait_for(kCloseLimit);
}

}  // namespace disruptor
