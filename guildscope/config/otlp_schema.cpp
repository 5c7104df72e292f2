#include "guildscope/config/otlp_schema.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "guildscope/config/otlp_endpoint.hpp"
#include "guildscope/config/values.hpp"

namespace guildscope::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

/// What the fields of one OTLP section hold that OtlpOptions cannot.
struct OtlpSection {
  OtlpOptions common;  // of monitoring.otlp; the signals' own are in TelemetryOptions
  std::map<std::string, std::string> headers[4];
};

void AddOtlpSection(Schema& schema, const std::string& section, OtlpOptions* otlp,
                    std::map<std::string, std::string>* headers, const std::string& whose) {
  const std::string file_form = "the path of a readable file";
  const bool general = whose.empty();
  schema
      .Checked(section + ".endpoint", &otlp->endpoint, std::string(kEndpointForm), IsEndpoint,
               general ? "Where all signals go. Over HTTP, /v1/traces and the like are appended"
                       : "Where " + whose + " go, the path included; wins over monitoring.otlp.endpoint")
      .Choice<OtlpProtocol>(section + ".protocol", &otlp->protocol,
                            {{"grpc", OtlpProtocol::kGrpc}, {"http/protobuf", OtlpProtocol::kHttpProtobuf}},
                            general ? "When absent: gRPC at port 4317, HTTP at 4318; else HTTP for traces, gRPC for "
                                      "metrics and logs"
                                    : "For " + whose)
      .SecretMap(section + ".headers", headers,
                 general ? "Sent with every request, for example an authorization"
                         : "For " + whose + ", instead of those of monitoring.otlp.headers")
      .Duration(section + ".timeout", &otlp->timeout, milliseconds{1}, minutes{10}, "Of one request")
      .Choice<bool>(section + ".compression", &otlp->gzip, {{"none", false}, {"gzip", true}}, "Of requests")
      .Bool(section + ".insecure", &otlp->insecure, "gRPC without TLS when the endpoint has no scheme")
      .Checked(section + ".certificate_file", &otlp->certificate_file, file_form, IsReadableFile,
               "PEM of the authorities to trust; the system's when absent")
      .Checked(section + ".client_key_file", &otlp->client_key_file, file_form, IsReadableFile,
               "PEM; with client_certificate_file for mutual TLS")
      .Checked(section + ".client_certificate_file", &otlp->client_certificate_file, file_form, IsReadableFile,
               "PEM of the client");
}

/// Fills what a signal's section left open from the general one.
void CompleteSignal(const Schema& schema, const OtlpSection& sections, Signal signal, OtlpOptions& otlp) {
  const std::string general = "monitoring.otlp";
  const std::string own = general + "." + std::string(SignalName(signal));
  const auto inherits = [&](const char* name) { return !schema.IsSet(own + name) && schema.IsSet(general + name); };

  const OtlpProtocol usual = otlp.protocol;
  const bool own_endpoint = schema.IsSet(own + ".endpoint");
  const std::string given = own_endpoint ? otlp.endpoint : sections.common.endpoint;
  if (inherits(".protocol")) {
    otlp.protocol = sections.common.protocol;
  } else if (!schema.IsSet(own + ".protocol")) {
    otlp.protocol = ProtocolOfPort(given).value_or(usual);
  }
  if (!own_endpoint) {
    otlp.endpoint =
        given.empty() ? DefaultEndpoint(otlp.protocol, signal) : EndpointOfSignal(given, otlp.protocol, signal);
  }
  const std::size_t of_headers = schema.IsSet(own + ".headers") ? 1 + static_cast<std::size_t>(signal) : 0;
  otlp.headers = ToHeaders(sections.headers[of_headers]);
  if (inherits(".timeout")) otlp.timeout = sections.common.timeout;
  if (inherits(".compression")) otlp.gzip = sections.common.gzip;
  if (inherits(".insecure")) otlp.insecure = sections.common.insecure;
  if (inherits(".certificate_file")) otlp.certificate_file = sections.common.certificate_file;
  if (inherits(".client_key_file")) otlp.client_key_file = sections.common.client_key_file;
  if (inherits(".client_certificate_file")) otlp.client_certificate_file = sections.common.client_certificate_file;
}

void CheckSignal(const Schema& schema, Signal signal, const OtlpOptions& otlp, std::vector<Problem>& problems) {
  const std::string general = "monitoring.otlp";
  const std::string own = general + "." + std::string(SignalName(signal));
  const auto report = [&](const std::string& name, std::string found, std::string accepted) {
    const std::string key = (schema.IsSet(own + name) ? own : general) + name;
    Problem problem{schema.Where(key), key, std::move(found), std::move(accepted)};
    const auto same = [&](const Problem& other) { return ToString(other) == ToString(problem); };
    if (std::none_of(problems.begin(), problems.end(), same)) problems.push_back(std::move(problem));
  };
  if (otlp.protocol == OtlpProtocol::kHttpProtobuf && !HasScheme(otlp.endpoint)) {
    report(".endpoint", "'" + otlp.endpoint + "'", std::string(kHttpEndpointForm));
  }
  if (!AreHeaders({otlp.headers.begin(), otlp.headers.end()})) report(".headers", "***", std::string(kHeaderForm));
  if (otlp.client_key_file.empty() != otlp.client_certificate_file.empty()) {
    const bool key_alone = otlp.client_certificate_file.empty();
    report(key_alone ? ".client_key_file" : ".client_certificate_file", "only one of the two files",
           "both client_key_file and client_certificate_file, or neither");
  }
}

void AddOtlp(Schema& schema, TelemetryOptions& options) {
  schema.Bool("monitoring.otlp.enabled", &options.otlp_enabled,
              "Sends traces, metrics and logs to a collector by OTLP");
  auto sections = std::make_shared<OtlpSection>();
  AddOtlpSection(schema, "monitoring.otlp", &sections->common, &sections->headers[0], "");
  for (const Signal signal : kSignals) {
    const std::string name(SignalName(signal));
    AddOtlpSection(schema, "monitoring.otlp." + name, &OtlpOf(options, signal),
                   &sections->headers[1 + static_cast<std::size_t>(signal)], name);
  }
  schema.Finally([sections, &options](const Schema& loaded, std::vector<Problem>& problems) {
    for (const Signal signal : kSignals) {
      CompleteSignal(loaded, *sections, signal, OtlpOf(options, signal));
      CheckSignal(loaded, signal, OtlpOf(options, signal), problems);
    }
  });
}

void AddSpool(Schema& schema, SpoolSettings& spool) {
  schema
      .String("monitoring.otlp.spool.directory", &spool.directory,
              "Where requests are kept that no collector takes, until one does; off when absent. For one process alone")
      .Integer("monitoring.otlp.spool.max_bytes", &spool.max_bytes, 1'048'576, std::int64_t{1} << 40,
               "Of all its files; the oldest make room, and are counted")
      .Choice<SpoolMode>("monitoring.otlp.spool.mode", &spool.mode,
                         {{"on_failure", SpoolMode::kOnFailure}, {"write_ahead", SpoolMode::kWriteAhead}},
                         "Which requests are written: those that could not be delivered, or each before it is sent")
      .Choice<SpoolFsync>(
          "monitoring.otlp.spool.fsync", &spool.fsync,
          {{"never", SpoolFsync::kNever}, {"interval", SpoolFsync::kInterval}, {"always", SpoolFsync::kAlways}},
          "When they are made to survive a power failure, too: when the kernel likes, each second, or at once")
      .Choice<bool>("monitoring.otlp.spool.compression", &spool.compress, {{"none", false}, {"deflate", true}},
                    "Of what is kept")
      .Integer("monitoring.otlp.spool.replay_bytes_per_second", &spool.replay_bytes_per_second, 1'024,
               std::int64_t{1} << 40, "How fast each signal sends what was kept, so that a collector is not overrun");
}

}  // namespace

void AddOtlpFields(Schema& schema, TelemetryOptions& options) {
  AddOtlp(schema, options);
  AddSpool(schema, options.spool);
}

}  // namespace guildscope::config
