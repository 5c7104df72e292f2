#include "apps/guildscope/config_reference_command.hpp"

#include <iostream>

#include "apps/disruptor/settings/settings.hpp"
#include "guildscope/config/schema.hpp"
#include "guildscope/config/telemetry_schema.hpp"

namespace guildscope {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

Made by `guildscope config-reference` from the table of fields in the code; do not edit it by hand.

Settings are a YAML file (`disruptor --config FILE`), and every key is an environment variable too: `a.b.c` is `A_B_C`.
Who wins: OpenTelemetry's standard variables, then the variable of a key, then the file, then the default. An empty
variable is unset.

```yaml
discord:
  token: ${DISCORD_TOKEN}              # or: !env DISCORD_TOKEN
database:
  url: sqlite:${STATE_DIRECTORY:-.}/disruptor.db
monitoring:
  otlp:
    enabled: true
    endpoint: http://collector:4317
```

- In a value, `${VAR}` is replaced by a variable that must be set, `${VAR:-text}` by `text` when VAR is unset or empty;
  `$${` is a plain `${`. `!env VAR` is the whole value of VAR.
- Mappings such as `logging.loggers` are `name=value,name=value` in their variable, which replaces the whole mapping.
- Durations are whole seconds, or have a unit: `500ms`, `90s`, `15m`, `2h`.
- `guildscope check-config FILE` says everything that is wrong at once, with file, line, key, what was found and what is
  accepted. The bot does the same when it starts, and ends with status 2.

## OpenTelemetry's standard variables

| Variables | Where they differ from the obvious |
|---|---|
| `OTEL_SDK_DISABLED` | Nothing is exported; `/metrics`, `/health` and local logs go on |
| `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | The name wins over `service.name` among the attributes |
| `OTEL_PROPAGATORS` | `tracecontext`, `baggage`, `none` |
| `OTEL_LOG_LEVEL` | The level of the logger `opentelemetry`, which carries what the SDK reports about itself |
| `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG` | |
| `OTEL_BSP_*`, `OTEL_BLRP_*` | `SCHEDULE_DELAY`, `EXPORT_TIMEOUT`, `MAX_QUEUE_SIZE`, `MAX_EXPORT_BATCH_SIZE` |
| `OTEL_METRIC_EXPORT_INTERVAL`, `OTEL_METRIC_EXPORT_TIMEOUT` | |
| `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` | `cumulative`, `delta`, `lowmemory` |
| `OTEL_METRICS_EXEMPLAR_FILTER` | `trace_based`, `always_on`, `always_off` |
| `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` | `explicit_bucket_histogram`, `base2_exponential_bucket_histogram`. On `/metrics` too |
| `OTEL_ATTRIBUTE_*`, `OTEL_SPAN_*`, `OTEL_EVENT_*`, `OTEL_LINK_*`, `OTEL_LOGRECORD_*` limits | |
| `OTEL_TRACES_EXPORTER`, `OTEL_METRICS_EXPORTER`, `OTEL_LOGS_EXPORTER` | `otlp`, `console`, `none`; for metrics `prometheus` beside them or alone. `otlp` leaves `/metrics` as the file has it, `none` turns it off |
| `OTEL_EXPORTER_OTLP_*`, `OTEL_EXPORTER_OTLP_{TRACES,METRICS,LOGS}_*` | `ENDPOINT`, `HEADERS`, `TIMEOUT`, `PROTOCOL`, `COMPRESSION`, `CERTIFICATE`, `CLIENT_KEY`, `CLIENT_CERTIFICATE`, `INSECURE`. An endpoint turns `monitoring.otlp.enabled` on; one for a single signal, for that signal alone |
| `OTEL_EXPORTER_PROMETHEUS_HOST`, `OTEL_EXPORTER_PROMETHEUS_PORT` | Address and port of the server that `/health` shares |

As the specification says, a number or a name that cannot be understood is logged and ignored. What would send data
somewhere else without a word (an endpoint, a protocol, a file, headers) ends the program instead.
)";

}  // namespace

std::string ConfigReference() {
  config::TelemetryOptions telemetry;
  disruptor::BotSettings bot;
  config::Schema schema;
  disruptor::AddBotFields(schema, bot);
  config::AddTelemetryFields(schema, telemetry);
  return std::string(kIntroduction) + schema.ToMarkdown();
}

void AddConfigReferenceCommand(CLI::App& app) {
  app.add_subcommand("config-reference", "Prints every setting, as docs/configuration.md.")->callback([] {
    std::cout << ConfigReference();
  });
}

}  // namespace guildscope
