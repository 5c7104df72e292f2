#include "apps/discord_standin/gateway_session.hpp"

namespace standin {

void GatewaySession::Dispatch(const std::string& type, const Json& data) {
  ++seq_;
  const Json payload{{"op", 0}, {"t", type}, {"s", seq_}, {"d", data}};
  if (events_.size() == kReplayed) events_.pop_front();
  events_.push_back({seq_, type, payload.dump(-1, ' ', false, Json::error_handler_t::replace)});
  if (transport_ != nullptr) Send(events_.back());
}

void GatewaySession::Send(const Event& event) {
  transport_->Send(event.payload, [self = shared_from_this(), seq = event.seq, type = event.type] {
    if (seq <= self->counted_) return;
    self->counted_ = seq;
    self->ledger_.EventSent(self->shard_, type);
  });
}

bool GatewaySession::CanReplayAfter(std::uint64_t seq) const {
  return seq <= seq_ && (events_.empty() || seq + 1 >= events_.front().seq);
}

void GatewaySession::ReplayAfter(std::uint64_t seq) {
  if (transport_ == nullptr) return;
  for (const Event& event : events_) {
    if (event.seq > seq) Send(event);
  }
}

}  // namespace standin
