#pragma once

#include <array>
#include <span>

#include "guildscope/metrics/descriptor.hpp"

/// Every metric that the product has, once: the typed instruments, `/metrics`, OTLP, docs/metrics.md, the dashboards
/// and the rules are made from these rows or checked against them.
namespace guildscope::metrics::catalogue {

/// The default buckets and 30, 60 and 120 s: the alert threshold for jobs lies at 30 s, and a quantile cannot pass the
/// last bucket.
inline constexpr std::array<double, 14> kJobBuckets{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120};

// Scheduler
inline constexpr HistogramDescriptor<2> kSchedulerJobDuration{
    "{prefix}.scheduler.job.duration", "s", "How long one scheduled job ran.", {"handler_type", "status"}, kJobBuckets};
inline constexpr CounterDescriptor<2> kSchedulerJobs{
    "{prefix}.scheduler.jobs", "{job}", "Scheduled jobs executed.", {"handler_type", "status"}};
inline constexpr GaugeDescriptor<1> kSchedulerActiveJobs{
    "{prefix}.scheduler.active_jobs", "{job}", "Scheduled jobs running now.", {"handler_type"}};
inline constexpr GaugeDescriptor<0> kSchedulerQueueDepth{
    "{prefix}.scheduler.queue_depth", "{scheduler}", "Schedulers in the manager.", {}};

// Voice and audio
inline constexpr CounterDescriptor<2> kVoiceConnectionAttempts{
    "{prefix}.voice.connection_attempts", "{attempt}", "Attempts to join a voice channel.", {"guild_id", "status"}};
inline constexpr GaugeDescriptor<1> kVoiceConnectionsActive{
    "{prefix}.voice.connections_active", "{connection}", "Open voice connections.", {"guild_id"}};
inline constexpr CounterDescriptor<2> kAudioTrackEvents{
    "{prefix}.audio.track_events", "{event}", "Track starts and ends.", {"event_type", "guild_id"}};
inline constexpr HistogramDescriptor<2> kAudioProcessingDuration{
    "{prefix}.audio.processing_duration", "s", "Time spent on audio work.", {"operation", "guild_id"}};

// Discord
inline constexpr CounterDescriptor<3> kDiscordApiRequests{"{prefix}.discord.api.requests",
                                                          "{request}",
                                                          "Discord REST requests completed.",
                                                          {"endpoint", "method", "status_code"}};
inline constexpr HistogramDescriptor<2> kDiscordApiRequestDuration{
    "{prefix}.discord.api.request.duration", "s", "Latency of Discord REST requests.", {"endpoint", "method"}};
inline constexpr GaugeDescriptor<1> kDiscordGuildCount{
    "{prefix}.discord.guild_count", "{guild}", "Guilds the bot is in.", {"shard"}};
inline constexpr CounterDescriptor<2> kDiscordApiRateLimited{"{prefix}.discord.api.rate_limited",
                                                             "{response}",
                                                             "Discord REST responses with status 429.",
                                                             {"endpoint", "scope"}};
inline constexpr GaugeDescriptor<0> kDiscordApiQueueDepth{
    "{prefix}.discord.api.queue_depth", "{request}", "Discord REST requests waiting to be sent.", {}};
inline constexpr GaugeDescriptor<1> kDiscordGatewayLatency{
    "{prefix}.discord.gateway.latency", "s", "Round trip of the last gateway heartbeat.", {"shard"}};
inline constexpr CounterDescriptor<2> kDiscordGatewayEvents{
    "{prefix}.discord.gateway.events", "{event}", "Gateway dispatches received.", {"shard", "event_type"}};
inline constexpr GaugeDescriptor<1> kDiscordGatewayConnected{
    "{prefix}.discord.gateway.connected", "", "1 while the shard is ready, else 0.", {"shard"}};
inline constexpr CounterDescriptor<2> kDiscordGatewayReconnects{
    "{prefix}.discord.gateway.reconnects", "{reconnect}", "Gateway reconnections.", {"shard", "kind"}};
inline constexpr CounterDescriptor<2> kDiscordCommands{
    "{prefix}.discord.commands", "{command}", "Slash commands handled.", {"command", "status"}};
inline constexpr HistogramDescriptor<2> kDiscordCommandDuration{
    "{prefix}.discord.command.duration", "s", "How long the handler of a slash command took.", {"command", "status"}};
inline constexpr GaugeDescriptor<1> kDiscordCommandsActive{
    "{prefix}.discord.commands_active", "{command}", "Slash command handlers running now.", {"command"}};

// Database
inline constexpr HistogramDescriptor<2> kDatabaseQueryDuration{
    "{prefix}.database.query.duration", "s", "How long a statement took.", {"operation", "table"}};
inline constexpr CounterDescriptor<3> kDatabaseQueries{
    "{prefix}.database.queries", "{query}", "Statements executed.", {"operation", "table", "status"}};
inline constexpr CounterDescriptor<3> kDatabaseErrors{
    "{prefix}.database.errors", "{error}", "Statements that failed.", {"operation", "table", "error_type"}};
inline constexpr GaugeDescriptor<1> kDatabaseConnections{
    "{prefix}.database.connections", "{connection}", "Connections of the pool.", {"state"}};
inline constexpr GaugeDescriptor<0> kDatabaseConnectionsMax{
    "{prefix}.database.connections_max", "{connection}", "Connections that the pool may have.", {}};
inline constexpr HistogramDescriptor<0> kDatabaseConnectionWait{
    "{prefix}.database.connection.wait", "s", "Time waited for a connection of the pool.", {}};
inline constexpr HistogramDescriptor<4> kDbClientOperationDuration{
    "db.client.operation.duration",
    "s",
    "Duration of database client operations.",
    {"db.system.name", "db.operation.name", "db.collection.name", "error.type"}};

// Outbound HTTP: OpenTelemetry's semantic conventions, an attempt (not its redirects) counting as a request
inline constexpr std::array<double, 14> kHttpBuckets{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10};
inline constexpr HistogramDescriptor<5> kHttpClientRequestDuration{
    "http.client.request.duration",
    "s",
    "Duration of HTTP client requests.",
    {"http.request.method", "server.address", "server.port", "http.response.status_code", "error.type"},
    kHttpBuckets};
inline constexpr UpDownCounterDescriptor<3> kHttpClientActiveRequests{
    "http.client.active_requests",
    "{request}",
    "HTTP client requests under way.",
    {"http.request.method", "server.address", "server.port"}};
inline constexpr GaugeDescriptor<0> kHttpClientRequests{
    "guildscope.http_client.requests",
    "{request}",
    "Requests that the HTTP client has taken and not ended, those that wait for a retry included.",
    {}};
inline constexpr GaugeDescriptor<0> kHttpClientRequestsMax{
    "guildscope.http_client.requests_max", "{request}", "Requests that the HTTP client takes at a time.", {}};
inline constexpr CounterDescriptor<1> kHttpClientRefused{
    "guildscope.http_client.refused", "{request}", "Requests that the HTTP client did not take.", {"reason"}};

// Retries
inline constexpr CounterDescriptor<2> kRetryAttempts{
    "guildscope.retry.attempts",
    "{attempt}",
    "Attempts of operations that are tried again; outcome: success, retried (failed, another follows), failed.",
    {"operation", "outcome"}};

// Music
inline constexpr GaugeDescriptor<1> kMusicActivePlayers{
    "music.active_players", "{player}", "Players that are playing.", {"guild_id"}};
inline constexpr GaugeDescriptor<1> kMusicMultirequestBundles{
    "music.multirequest_bundles", "{bundle}", "Playlists and albums being worked on.", {"guild_id"}};
inline constexpr GaugeDescriptor<0> kMusicCacheFileCount{"music.cache_file_count", "{file}", "Files in the cache.", {}};
inline constexpr GaugeDescriptor<0> kMusicCacheFilesystemMax{
    "music.cache_filesystem_max", "By", "Size of the filesystem that holds the cache.", {}};
inline constexpr GaugeDescriptor<0> kMusicCacheFilesystemUsed{
    "music.cache_filesystem_used", "By", "Bytes used on the filesystem that holds the cache.", {}};
inline constexpr CounterDescriptor<1> kMusicCacheRequests{
    "music.cache_requests", "{request}", "Look-ups in the cache.", {"result"}};
inline constexpr GaugeDescriptor<1> kMusicQueueDepth{
    "music.queue_depth", "{item}", "Items waiting in a queue.", {"queue"}};

// Background loops
inline constexpr GaugeDescriptor<1> kHeartbeat{
    "heartbeat", "", "1 while the loop completes iterations within its window, else 0.", {"background_job"}};

// The telemetry about itself
inline constexpr GaugeDescriptor<3> kBuildInfo{
    "{prefix}.build_info", "", "Always 1; the labels say what is running.", {"version", "commit", "compiler"}};
inline constexpr GaugeDescriptor<0> kProcessUptime{
    "process.uptime", "s", "Time since the process made its telemetry, first thing in main.", {}};

// Memory, process and system; where each value comes from: guildscope/profiling
inline constexpr GaugeDescriptor<1> kSystemMemory{
    "{prefix}.system.memory",
    "By",
    "Memory of the process by type. Of the C library's allocator: heap_sys has it from the kernel, heap_idle of that "
    "is "
    "free, heap_alloc and heap_inuse (the same) are handed out, heap_released it gave back since its largest size; "
    "total_alloc was allocated at least since the start. Of the kernel: stack_sys are the threads' stacks, stack_inuse "
    "the part in memory; sys is all that the process may write to, touched or not.",
    {"type"}};
inline constexpr GaugeDescriptor<0> kSystemGoroutines{
    "{prefix}.system.goroutines",
    "{task}",
    "Concurrent tasks alive: threads, suspended coroutines and queued work of thread pools.",
    {}};
inline constexpr GaugeDescriptor<0> kSystemThreads{
    "{prefix}.system.threads", "{thread}", "Threads of the process.", {}};
inline constexpr GaugeDescriptor<2> kSystemFilesystem{
    "{prefix}.system.filesystem",
    "By",
    "How full the local filesystems are; free is what others than root may write.",
    {"mountpoint", "state"}};
inline constexpr CounterDescriptor<1> kProcessCpuTime{
    "process.cpu.time", "s", "Processor time used, over all threads.", {"cpu.mode"}};
inline constexpr GaugeDescriptor<1> kProcessCpuUtilization{
    "process.cpu.utilization",
    "1",
    "Processor time used over the last ten seconds or more, as a part of what the processors of the process had.",
    {"cpu.mode"}};
inline constexpr UpDownCounterDescriptor<0> kProcessMemoryUsage{
    "process.memory.usage", "By", "Physical memory that the process has (RSS), shared with others or not.", {}};
inline constexpr UpDownCounterDescriptor<0> kProcessMemoryVirtual{
    "process.memory.virtual", "By", "Address space of the process (VSZ), used or not.", {}};
inline constexpr UpDownCounterDescriptor<0> kProcessMemoryUss{
    "process.memory.uss", "By", "Physical memory that no other process shares: what its end would set free.", {}};
inline constexpr UpDownCounterDescriptor<0> kProcessThreadCount{
    "process.thread.count", "{thread}", "Threads of the process.", {}};
inline constexpr UpDownCounterDescriptor<0> kProcessUnixFileDescriptorCount{
    "process.unix.file_descriptor.count", "{file_descriptor}", "Open file descriptors of the process.", {}};
inline constexpr CounterDescriptor<1> kProcessContextSwitches{"process.context_switches",
                                                              "{context_switch}",
                                                              "How often a thread of the process left its processor.",
                                                              {"process.context_switch.type"}};
inline constexpr CounterDescriptor<1> kProcessPagingFaults{
    "process.paging.faults", "{fault}", "Page faults of the process.", {"system.paging.fault.type"}};
inline constexpr GaugeDescriptor<1> kProfilingReadingAge{
    "guildscope.profiling.reading_age",
    "s",
    "How old the values of a source are that was too slow for this collection; 0 when it was not.",
    {"source"}};

inline constexpr GaugeDescriptor<1> kMetricsSeries{
    "guildscope.metrics.series", "{series}", "Series of a metric with labels.", {"metric"}};
inline constexpr GaugeDescriptor<1> kMetricsSeriesLimit{"guildscope.metrics.series_limit",
                                                        "{series}",
                                                        "Series beyond which a metric's writes are folded into one.",
                                                        {"metric"}};
inline constexpr CounterDescriptor<1> kMetricsFoldedWrites{
    "guildscope.metrics.folded_writes", "{write}", "Writes folded into the overflow series of a metric.", {"metric"}};
inline constexpr CounterDescriptor<1> kMetricsRemovedSeries{
    "guildscope.metrics.removed_series",
    "{series}",
    "Series removed, with their guild or because they were idle.",
    {"metric"}};
inline constexpr CounterDescriptor<2> kMetricsDroppedValues{"guildscope.metrics.dropped_values",
                                                            "{value}",
                                                            "Values not recorded, because a metric cannot hold them.",
                                                            {"metric", "reason"}};
inline constexpr CounterDescriptor<2> kMetricsChangedLabels{"guildscope.metrics.changed_labels",
                                                            "{label}",
                                                            "Label values repaired or cut before they were used.",
                                                            {"metric", "reason"}};
inline constexpr CounterDescriptor<1> kMetricsCallbackErrors{
    "guildscope.metrics.callback_errors", "{error}", "Callbacks of observable metrics that threw.", {"metric"}};

inline constexpr CounterDescriptor<0> kLogRecordsLost{"guildscope.logging.lost_records", "{record}",
                                                      "Log records that a local sink could not take."};
inline constexpr CounterDescriptor<1> kLogRecordsDropped{
    "guildscope.logging.dropped_records",
    "{record}",
    "Of those: dropped, because they came faster than console and files could be written.",
    {"level"}};

inline constexpr CounterDescriptor<1> kLogRecordsDroppedByQueue{
    "guildscope.export.dropped_log_records",
    "{record}",
    "Log records that OTLP's queue did not take, by level: it was full, or closed.",
    {"level"}};

// What the exporters keep on disk; there when the spool is on.
inline constexpr GaugeDescriptor<0> kSpoolSize{
    "guildscope.spool.size", "By", "Bytes of the files in which requests wait for a collector.", {}};
inline constexpr GaugeDescriptor<0> kSpoolLimit{
    "guildscope.spool.limit", "By", "Bytes beyond which the oldest of these requests are dropped.", {}};
inline constexpr GaugeDescriptor<0> kSpoolUsable{
    "guildscope.spool.usable", "", "1 while the spool's folder can be used, else 0.", {}};
inline constexpr CounterDescriptor<0> kSpoolErrors{
    "guildscope.spool.errors", "{error}", "Failures to open, write, read or sync the spool.", {}};
inline constexpr GaugeDescriptor<1> kSpoolRequests{
    "guildscope.spool.requests", "{request}", "Requests on disk that wait for a collector.", {"signal"}};
inline constexpr GaugeDescriptor<1> kSpoolItems{
    "guildscope.spool.items", "{item}", "Spans, log records or metric points in these requests.", {"signal"}};
inline constexpr GaugeDescriptor<1> kSpoolOldestAge{
    "guildscope.spool.oldest_age", "s", "How long the oldest request on disk has waited; 0 without one.", {"signal"}};
inline constexpr CounterDescriptor<1> kSpoolWrittenItems{
    "guildscope.spool.written_items", "{item}", "Items written to disk.", {"signal"}};
inline constexpr CounterDescriptor<1> kSpoolInheritedItems{
    "guildscope.spool.inherited_items", "{item}", "Items that an earlier process left on disk.", {"signal"}};
inline constexpr CounterDescriptor<1> kSpoolReplayedItems{
    "guildscope.spool.replayed_items", "{item}", "Items delivered from disk.", {"signal"}};
inline constexpr CounterDescriptor<1> kSpoolResentItems{
    "guildscope.spool.resent_items",
    "{item}",
    "Items delivered that an earlier attempt, which had no answer, may have delivered too.",
    {"signal"}};
inline constexpr CounterDescriptor<2> kSpoolDroppedItems{"guildscope.spool.dropped_items",
                                                         "{item}",
                                                         "Items lost on disk: the oldest at the limit, or damaged.",
                                                         {"signal", "reason"}};
inline constexpr CounterDescriptor<1> kSpoolDropped{
    "guildscope.spool.dropped", "By", "Bytes of the files that made room at the limit.", {"signal"}};
inline constexpr CounterDescriptor<1> kFlightRecorderLostRecords{
    "guildscope.flight_recorder.lost_records",
    "{record}",
    "Spans and log records that the flight recorder did not keep: too_large, or not_cleaned of a secret.",
    {"reason"}};
inline constexpr CounterDescriptor<2> kFlightRecorderRecovered{
    "guildscope.flight_recorder.recovered",
    "{item}",
    "Spans and log records that processes left which crashed: exported now, delivered before, or failed.",
    {"signal", "outcome"}};

// The exporters about themselves: OpenTelemetry's semantic conventions for SDK metrics. `error.type` is empty for what
// went well.
inline constexpr UpDownCounterDescriptor<2> kOtelSpanQueueSize{"otel.sdk.processor.span.queue.size",
                                                               "{span}",
                                                               "Spans waiting to be exported.",
                                                               {"otel.component.name", "otel.component.type"}};
inline constexpr UpDownCounterDescriptor<2> kOtelSpanQueueCapacity{"otel.sdk.processor.span.queue.capacity",
                                                                   "{span}",
                                                                   "Spans that may wait to be exported.",
                                                                   {"otel.component.name", "otel.component.type"}};
inline constexpr CounterDescriptor<3> kOtelSpanProcessed{
    "otel.sdk.processor.span.processed",
    "{span}",
    "Spans handed to the exporter, or dropped before (error.type says why).",
    {"otel.component.name", "otel.component.type", "error.type"}};
inline constexpr CounterDescriptor<2> kOtelSpanFiltered{
    "otel.sdk.processor.span.filtered",
    "{span}",
    "Spans that ended well and were left out on purpose (monitoring.traces.drop_successful); no loss.",
    {"otel.component.name", "otel.component.type"}};
inline constexpr UpDownCounterDescriptor<2> kOtelSpanInflight{"otel.sdk.exporter.span.inflight",
                                                              "{span}",
                                                              "Spans on their way to the collector.",
                                                              {"otel.component.name", "otel.component.type"}};
inline constexpr CounterDescriptor<3> kOtelSpanExported{
    "otel.sdk.exporter.span.exported",
    "{span}",
    "Spans whose export ended: delivered, or lost (error.type says why).",
    {"otel.component.name", "otel.component.type", "error.type"}};
inline constexpr UpDownCounterDescriptor<2> kOtelLogQueueSize{"otel.sdk.processor.log.queue.size",
                                                              "{log_record}",
                                                              "Log records waiting to be exported.",
                                                              {"otel.component.name", "otel.component.type"}};
inline constexpr UpDownCounterDescriptor<2> kOtelLogQueueCapacity{"otel.sdk.processor.log.queue.capacity",
                                                                  "{log_record}",
                                                                  "Log records that may wait to be exported.",
                                                                  {"otel.component.name", "otel.component.type"}};
inline constexpr CounterDescriptor<3> kOtelLogProcessed{
    "otel.sdk.processor.log.processed",
    "{log_record}",
    "Log records handed to the exporter, or dropped before (error.type says why).",
    {"otel.component.name", "otel.component.type", "error.type"}};
inline constexpr UpDownCounterDescriptor<2> kOtelLogInflight{"otel.sdk.exporter.log.inflight",
                                                             "{log_record}",
                                                             "Log records on their way to the collector.",
                                                             {"otel.component.name", "otel.component.type"}};
inline constexpr CounterDescriptor<3> kOtelLogExported{
    "otel.sdk.exporter.log.exported",
    "{log_record}",
    "Log records whose export ended: delivered, or lost (error.type says why).",
    {"otel.component.name", "otel.component.type", "error.type"}};
inline constexpr UpDownCounterDescriptor<2> kOtelMetricPointInflight{"otel.sdk.exporter.metric_data_point.inflight",
                                                                     "{data_point}",
                                                                     "Metric points on their way to the collector.",
                                                                     {"otel.component.name", "otel.component.type"}};
inline constexpr CounterDescriptor<3> kOtelMetricPointExported{
    "otel.sdk.exporter.metric_data_point.exported",
    "{data_point}",
    "Metric points whose export ended: delivered, or lost (error.type says why).",
    {"otel.component.name", "otel.component.type", "error.type"}};
inline constexpr HistogramDescriptor<3> kOtelExportDuration{
    "otel.sdk.exporter.operation.duration",
    "s",
    "How long a request took from its first attempt to its end.",
    {"otel.component.name", "otel.component.type", "error.type"}};
inline constexpr HistogramDescriptor<3> kOtelCollectionDuration{
    "otel.sdk.metric_reader.collection.duration",
    "s",
    "How long collecting the metrics for an export took (error.type says why some or all are missing).",
    {"otel.component.name", "otel.component.type", "error.type"}};

/// All of the above, in this order.
[[nodiscard]] std::span<const DescriptorView> All() noexcept;

}  // namespace guildscope::metrics::catalogue
