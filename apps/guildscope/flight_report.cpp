#include "apps/guildscope/flight_report.hpp"

#include <opentelemetry/proto/logs/v1/logs.pb.h>
#include <opentelemetry/proto/trace/v1/trace.pb.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iomanip>
#include <sstream>
#include <vector>

#include "guildscope/flight_recorder/recordings.hpp"
#include "guildscope/otlp_text/otlp_text.hpp"

namespace guildscope {
namespace {

namespace proto = opentelemetry::proto;
using flight::FoundRecording;
using flight::Kind;
using flight::RecordedItem;
using flight::Recording;

std::string Time(std::uint64_t unix_nano) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  const auto seconds = static_cast<std::time_t>(unix_nano / kSecond);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::ostringstream text;
  text << std::put_time(&utc, "%Y-%m-%d %H:%M:%S") << '.' << std::setw(3) << std::setfill('0')
       << unix_nano % kSecond / 1'000'000;
  return text.str();
}

template <typename Message>
std::string Attributes(const Message& message) {
  std::string text;
  for (const auto& attribute : message.attributes())
    text += ' ' + attribute.key() + '=' + otlp::ToText(attribute.value());
  return text;
}

std::string ScopeName(const RecordedItem& item) {
  proto::logs::v1::ScopeLogs logs;
  return logs.ParseFromString(item.scope) ? logs.scope().name() : "";
}

std::string Line(const RecordedItem& item, bool open) {
  std::string text = Time(item.unix_nano);
  proto::trace::v1::Span span;
  proto::logs::v1::LogRecord record;
  if (item.kind == Kind::kLog) {
    if (!record.ParseFromString(item.body)) return text + " log: cannot be read";
    text += " log   " + record.severity_text() + ' ' + ScopeName(item) + ": " + otlp::ToText(record.body()) +
            Attributes(record);
    if (!record.trace_id().empty()) text += " trace_id=" + otlp::ToHex(record.trace_id());
    return text;
  }
  if (!span.ParseFromString(item.body)) return text + " span: cannot be read";
  text += open ? " OPEN  " : " span  ";
  text += span.name();
  if (!open && span.end_time_unix_nano() >= span.start_time_unix_nano()) {
    text += " (" + std::to_string((span.end_time_unix_nano() - span.start_time_unix_nano()) / 1'000) + " us)";
  }
  if (span.status().code() == proto::trace::v1::Status::STATUS_CODE_ERROR) text += " ERROR " + span.status().message();
  return text + Attributes(span) + " trace_id=" + otlp::ToHex(span.trace_id());
}

/// Nothing of what was recorded may move the cursor or begin a line of its own.
std::string OneLine(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = ' ';
  }
  return text;
}

void DescribeEnd(std::ostream& out, const FoundRecording& found) {
  const Recording& recording = found.recording;
  if (found.state == FoundRecording::State::kRunning && !recording.crash) {
    out << "  last record " << Time(recording.LastUnixNano()) << " UTC\n";
    return;
  }
  out << "  ended " << Time(recording.LastUnixNano()) << " UTC: ";
  if (recording.crash) {
    out << ToString(*recording.crash) << ", thread " << recording.crash->thread << '\n';
    for (const std::string& frame : recording.crash->frames) out << "    " << frame << '\n';
  } else if (recording.ended_cleanly) {
    out << "by a shutdown\n";
  } else {
    out << (recording.before_reboot ? "the machine was started again since\n"
                                    : "killed, or by a way that leaves no signal\n");
  }
}

void DescribeItems(std::ostream& out, const Recording& recording, std::size_t most, const Redactor& redactor) {
  const auto line = [&](const RecordedItem& item, bool open) {
    out << "    " << OneLine(redactor.Redact(Line(item, open))) << '\n';
  };
  const auto open = recording.OpenSpans();
  for (const RecordedItem* item : open) line(*item, true);
  std::vector<const RecordedItem*> others;
  std::size_t delivered = 0;
  for (const RecordedItem& item : recording.items) {
    if (item.kind != Kind::kSpanEnded && item.kind != Kind::kLog) continue;
    others.push_back(&item);
    delivered += item.delivered ? 1 : 0;
  }
  const std::size_t shown = std::min(most, others.size());
  for (std::size_t i = others.size() - shown; i < others.size(); ++i) line(*others[i], false);
  out << "  " << open.size() << " open spans; the last " << shown << " of " << others.size()
      << " ended spans and log records, of which a collector has " << delivered << '\n';
}

std::string_view StateText(FoundRecording::State state) {
  switch (state) {
    case FoundRecording::State::kRunning:
      return "in use, by its process or by one that exports it";
    case FoundRecording::State::kWaiting:
      return "waits for the next start of the bot, which exports it";
    case FoundRecording::State::kExported:
      return "exported; kept until the next one is";
    case FoundRecording::State::kUnreadable:
      break;
  }
  return "cannot be read";
}

}  // namespace

std::string FlightReport(const std::filesystem::path& directory, std::size_t most, const Redactor& redactor) {
  std::ostringstream out;
  const auto recordings = flight::ListRecordings(directory);
  out << "flight recorder: " << recordings.size() << " recordings in " << directory.string() << '\n';
  for (const FoundRecording& found : recordings) {
    out << found.file.filename().string() << ": " << StateText(found.state);
    if (found.state == FoundRecording::State::kUnreadable) {
      out << ": " << found.problem << '\n';
      continue;
    }
    const Recording& recording = found.recording;
    out << "\n  process " << recording.pid << ", service " << OneLine(redactor.Redact(recording.service_name))
        << ", instance " << OneLine(redactor.Redact(recording.instance_id)) << ", since "
        << Time(recording.created_unix_nano) << " UTC\n";
    DescribeEnd(out, found);
    DescribeItems(out, recording, most, redactor);
  }
  return out.str();
}

}  // namespace guildscope
