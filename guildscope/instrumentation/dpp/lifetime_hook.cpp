#include <dpp/cluster.h>

#include <array>
#include <memory>

#include "guildscope/base/next_symbol.hpp"
#include "guildscope/instrumentation/dpp/cluster_state.hpp"
#include "guildscope/instrumentation/dpp/hooks.hpp"

// A destructor that is defined as one would destroy the members itself; so these are functions with its two names, for
// whole objects and for the base of a derived one.
#define GUILDSCOPE_CLUSTER_DESTRUCTOR "_ZN3dpp7clusterD1Ev"
#define GUILDSCOPE_CLUSTER_BASE_DESTRUCTOR "_ZN3dpp7clusterD2Ev"

namespace guildscope::dpp {
namespace {

using Destroy = void (*)(::dpp::cluster*);

/// The cluster's last requests end while it is destroyed and still count; then its instrumentation ends.
void DestroyAndForget(::dpp::cluster* cluster, Destroy next) {
  if (const auto state = Clusters::Instance().Find(cluster)) state->ForgetCluster();
  next(cluster);
  if (const auto state = Clusters::Instance().Remove(cluster)) state->Close();
}

}  // namespace

std::span<const Hook> LifetimeHooks() noexcept {
  static constexpr std::array<Hook, 1> kHooks{
      {{GUILDSCOPE_CLUSTER_DESTRUCTOR,
        "noticing the end of a bot (its Instrumentation must then be destroyed first)"}}};
  return kHooks;
}

}  // namespace guildscope::dpp

extern "C" {

void GuildscopeDestroyCluster(dpp::cluster* cluster) __asm__(GUILDSCOPE_CLUSTER_DESTRUCTOR);
void GuildscopeDestroyBaseCluster(dpp::cluster* cluster) __asm__(GUILDSCOPE_CLUSTER_BASE_DESTRUCTOR);

[[gnu::weak]] void GuildscopeDestroyCluster(dpp::cluster* cluster) {
  static const auto next = guildscope::NextSymbol<guildscope::dpp::Destroy>(GUILDSCOPE_CLUSTER_DESTRUCTOR);
  guildscope::dpp::DestroyAndForget(cluster, next);
}

[[gnu::weak]] void GuildscopeDestroyBaseCluster(dpp::cluster* cluster) {
  static const auto next = guildscope::NextSymbol<guildscope::dpp::Destroy>(GUILDSCOPE_CLUSTER_BASE_DESTRUCTOR);
  guildscope::dpp::DestroyAndForget(cluster, next);
}

}  // extern "C"
