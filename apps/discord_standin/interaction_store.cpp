#include "apps/discord_standin/interaction_store.hpp"

namespace standin {

Interaction& InteractionStore::Add(Interaction interaction) {
  if (order_.size() == kKept) {
    const auto oldest = by_id_.find(order_.front());
    by_token_.erase(oldest->second.token);
    by_id_.erase(oldest);
    order_.pop_front();
  }
  interaction.sent_at = clock_.SteadyNow();
  const Snowflake id = interaction.id;
  by_token_.emplace(interaction.token, id);
  order_.push_back(id);
  return by_id_.emplace(id, std::move(interaction)).first->second;
}

Interaction* InteractionStore::Find(Snowflake id) {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second;
}

Interaction* InteractionStore::FindByToken(const std::string& token) {
  const auto found = by_token_.find(token);
  return found == by_token_.end() ? nullptr : Find(found->second);
}

bool InteractionStore::IsExpired(const Interaction& interaction) const {
  return !interaction.acknowledged && clock_.SteadyNow() - interaction.sent_at > deadline_;
}

std::size_t InteractionStore::InFlight() const {
  std::size_t count = 0;
  // The deadline is the same for all, so the first expired one from the back ends the search.
  for (auto id = order_.rbegin(); id != order_.rend(); ++id) {
    const Interaction& interaction = by_id_.at(*id);
    if (clock_.SteadyNow() - interaction.sent_at > deadline_) break;
    if (!interaction.acknowledged) ++count;
  }
  return count;
}

}  // namespace standin
