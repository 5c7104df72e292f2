#include "guildscope/config/otel_otlp_environment.hpp"

#include <algorithm>
#include <cctype>

#include "guildscope/config/otlp_endpoint.hpp"
#include "guildscope/config/values.hpp"

namespace guildscope::config {
namespace {

const std::string kGeneral = "OTEL_EXPORTER_OTLP_";

std::string UpperName(Signal signal) {
  std::string name(SignalName(signal));
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

/// The OTLP variables of one signal: each is the signal's own, else the general one.
class SignalVariables {
 public:
  SignalVariables(Variables& variables, Signal signal)
      : variables_(variables), signal_(signal), own_(kGeneral + UpperName(signal) + "_") {}

  void Apply(OtlpOptions& otlp) {
    const OtlpProtocol before = otlp.protocol;
    const auto endpoint = variables_.Get(Name("ENDPOINT"));
    if (!ApplyProtocol(otlp) && endpoint) otlp.protocol = ProtocolOfPort(*endpoint).value_or(before);
    if (endpoint) {
      ApplyEndpoint(otlp, *endpoint);
    } else {
      otlp.endpoint = ChangeProtocol(otlp.endpoint, before, otlp.protocol, signal_);
    }
    ApplyHeaders(otlp);
    variables_.Timeout(Name("TIMEOUT"), &otlp.timeout);
    variables_.Choice<bool>(Name("COMPRESSION"), &otlp.gzip, {{"none", false}, {"gzip", true}});
    variables_.Bool(Name("INSECURE"), &otlp.insecure);
    ApplyFiles(otlp);
  }

  [[nodiscard]] bool HasOwnEndpoint() const { return variables_.Get(own_ + "ENDPOINT").has_value(); }

 private:
  /// The name of the variable that counts.
  [[nodiscard]] std::string Name(const std::string& suffix) const {
    return variables_.Get(own_ + suffix) ? own_ + suffix : kGeneral + suffix;
  }

  bool ApplyProtocol(OtlpOptions& otlp) {
    const std::string name = Name("PROTOCOL");
    const auto text = variables_.Get(name);
    if (!text) return false;
    const std::string word = Lower(Trim(*text));
    if (word == "grpc") {
      otlp.protocol = OtlpProtocol::kGrpc;
    } else if (word == "http/protobuf") {
      otlp.protocol = OtlpProtocol::kHttpProtobuf;
    } else {
      variables_.Report(name, "'" + *text + "'", "one of grpc, http/protobuf");
    }
    return true;
  }

  void ApplyEndpoint(OtlpOptions& otlp, const std::string& text) {
    const std::string name = Name("ENDPOINT");
    if (!IsEndpoint(text)) return variables_.Report(name, "'" + text + "'", std::string(kEndpointForm));
    if (otlp.protocol == OtlpProtocol::kHttpProtobuf && !HasScheme(text)) {
      return variables_.Report(name, "'" + text + "'", std::string(kHttpEndpointForm));
    }
    otlp.endpoint = name == kGeneral + "ENDPOINT" ? EndpointOfSignal(text, otlp.protocol, signal_) : text;
  }

  void ApplyHeaders(OtlpOptions& otlp) {
    const std::string name = Name("HEADERS");
    const auto text = variables_.Get(name);
    if (!text) return;
    const auto headers = ParseBaggagePairs(*text);
    if (!headers) return variables_.Report(name, "***", "name=value,name=value with percent escapes");
    if (!AreHeaders(*headers)) return variables_.Report(name, "***", std::string(kHeaderForm));
    otlp.headers = ToHeaders(*headers);
  }

  void ApplyFile(const std::string& suffix, std::string* target) {
    const std::string name = Name(suffix);
    const auto path = variables_.Get(name);
    if (!path) return;
    if (!IsReadableFile(*path)) return variables_.Report(name, "'" + *path + "'", "the path of a readable file");
    *target = *path;
  }

  void ApplyFiles(OtlpOptions& otlp) {
    ApplyFile("CERTIFICATE", &otlp.certificate_file);
    const std::string key_name = Name("CLIENT_KEY");
    const std::string certificate_name = Name("CLIENT_CERTIFICATE");
    ApplyFile("CLIENT_KEY", &otlp.client_key_file);
    ApplyFile("CLIENT_CERTIFICATE", &otlp.client_certificate_file);
    const bool key = variables_.Get(key_name) || !otlp.client_key_file.empty();
    const bool certificate = variables_.Get(certificate_name) || !otlp.client_certificate_file.empty();
    if (key == certificate) return;
    variables_.Report(key ? key_name : certificate_name, "only one of the two files",
                      "both a client key and a client certificate, or neither");
  }

  Variables& variables_;
  Signal signal_;
  std::string own_;
};

/// Whether OTEL_*_EXPORTER chose for one signal.
bool ReadExporters(Variables& variables, Signal signal, TelemetryOptions& options, Exporter& exporter) {
  const std::string name = "OTEL_" + UpperName(signal) + "_EXPORTER";
  const auto text = variables.Get(name);
  if (!text) return false;
  const bool metrics = signal == Signal::kMetrics;
  std::vector<Exporter> chosen;
  bool prometheus = false;
  for (const std::string& part : Split(*text, ',')) {
    const std::string word = Lower(part);
    if (word == "otlp") {
      chosen.push_back(Exporter::kOtlp);
    } else if (word == "console" || word == "logging") {
      chosen.push_back(Exporter::kConsole);
    } else if (word == "none") {
      chosen.push_back(Exporter::kNone);
    } else if (word == "prometheus" && metrics) {
      prometheus = true;
    } else {
      variables.Report(
          name, "'" + part + "'",
          metrics ? "one of otlp, prometheus, console, none, or several with commas" : "one of otlp, console, none");
      return false;
    }
  }
  if (chosen.size() > 1) {
    variables.Report(name, "'" + *text + "'",
                     metrics ? "one of otlp, console, none, and prometheus beside it" : "one of otlp, console, none");
    return false;
  }
  if (chosen.empty() && !prometheus) return false;
  exporter = chosen.empty() ? Exporter::kNone : chosen.front();
  if (metrics && prometheus) options.prometheus_enabled = true;
  if (metrics && !prometheus && exporter == Exporter::kNone) options.prometheus_enabled = false;
  return true;
}

Exporter& ExporterOf(TelemetryOptions& options, Signal signal) {
  if (signal == Signal::kTraces) return options.traces.exporter;
  return signal == Signal::kMetrics ? options.metrics.exporter : options.logs.exporter;
}

}  // namespace

void ApplyOtlpEnvironment(TelemetryOptions& options, Variables& variables) {
  const bool all = variables.Get(kGeneral + "ENDPOINT").has_value();
  const bool was_enabled = options.otlp_enabled;
  std::vector<Signal> unwanted;
  for (const Signal signal : kSignals) {
    SignalVariables of_signal(variables, signal);
    of_signal.Apply(OtlpOf(options, signal));
    Exporter& exporter = ExporterOf(options, signal);
    const bool chosen = ReadExporters(variables, signal, options, exporter);
    if (all || of_signal.HasOwnEndpoint() || (chosen && exporter != Exporter::kNone)) {
      options.otlp_enabled = true;
    } else {
      unwanted.push_back(signal);
    }
  }
  if (was_enabled || !options.otlp_enabled) return;
  // The file sends nothing, and the variables ask for some signals only.
  for (const Signal signal : unwanted) ExporterOf(options, signal) = Exporter::kNone;
}

}  // namespace guildscope::config
