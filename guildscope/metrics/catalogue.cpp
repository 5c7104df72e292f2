#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::metrics::catalogue {
namespace {

constexpr DescriptorView kAll[] = {
    kSchedulerJobDuration,
    kSchedulerJobs,
    kSchedulerActiveJobs,
    kSchedulerQueueDepth,
    kVoiceConnectionAttempts,
    kVoiceConnectionsActive,
    kAudioTrackEvents,
    kAudioProcessingDuration,
    kDiscordApiRequests,
    kDiscordApiRequestDuration,
    kDiscordGuildCount,
    kDiscordApiRateLimited,
    kDiscordApiQueueDepth,
    kDiscordGatewayLatency,
    kDiscordGatewayEvents,
    kDiscordGatewayConnected,
    kDiscordGatewayReconnects,
    kDiscordCommands,
    kDiscordCommandDuration,
    kDiscordCommandsActive,
    kDatabaseQueryDuration,
    kDatabaseQueries,
    kDatabaseErrors,
    kDatabaseConnections,
    kDatabaseConnectionsMax,
    kDatabaseConnectionWait,
    kDbClientOperationDuration,
    kMusicActivePlayers,
    kMusicMultirequestBundles,
    kMusicCacheFileCount,
    kMusicCacheFilesystemMax,
    kMusicCacheFilesystemUsed,
    kMusicCacheRequests,
    kMusicQueueDepth,
    kHeartbeat,
    kBuildInfo,
    kMetricsSeries,
    kMetricsSeriesLimit,
    kMetricsFoldedWrites,
    kMetricsRemovedSeries,
    kMetricsDroppedValues,
    kMetricsChangedLabels,
    kMetricsCallbackErrors,
};

}  // namespace

std::span<const DescriptorView> All() noexcept { return kAll; }

}  // namespace guildscope::metrics::catalogue
