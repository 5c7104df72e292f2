#include "guildscope/logging/record.hpp"

#include <ctime>
#include <iterator>

namespace guildscope::logging {
namespace {

void AppendTime(std::string& line, std::chrono::system_clock::time_point time) {
  using std::chrono::microseconds;
  const auto since_epoch = std::chrono::floor<microseconds>(time.time_since_epoch());
  const auto whole = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const std::time_t seconds = whole.count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  fmt::format_to(std::back_inserter(line), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900,
                 utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, (since_epoch - whole).count());
}

std::string_view FileName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

void AppendHex(std::string& line, unsigned char byte) { fmt::format_to(std::back_inserter(line), "\\x{:02x}", byte); }

/// Bytes of the character at `text[at]` that must not be written as it is; 0 when it may.
std::size_t Dangerous(std::string_view text, std::size_t at) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  if ((byte(at) < 0x20 && text[at] != '\t') || byte(at) == 0x7f) return 1;
  // U+0080 to U+009F: more control characters, the next line and a terminal's escape among them.
  if (byte(at) == 0xc2 && byte(at + 1) >= 0x80 && byte(at + 1) <= 0x9f) return 2;
  // U+2028 and U+2029: line and paragraph separator.
  if (byte(at) == 0xe2 && byte(at + 1) == 0x80 && (byte(at + 2) == 0xa8 || byte(at + 2) == 0xa9)) return 3;
  return 0;
}

}  // namespace

void AppendEscaped(std::string& line, std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t dangerous = Dangerous(text, at);
    if (dangerous == 0) {
      line += text[at++];
    } else if (text[at] == '\n') {
      line += "\\n";
      ++at;
    } else if (text[at] == '\r') {
      line += "\\r";
      ++at;
    } else {
      for (const std::size_t end = at + dangerous; at < end; ++at)
        AppendHex(line, static_cast<unsigned char>(text[at]));
    }
  }
}

void AppendField(std::string& line, std::string_view key, std::string_view value) {
  line += ' ';
  AppendEscaped(line, key);
  line += '=';
  if (!value.empty() && value.find_first_of(" \t\"=") == std::string_view::npos) return AppendEscaped(line, value);
  std::string quoted;
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  line += '"';
  AppendEscaped(line, quoted);
  line += '"';
}

std::string ToLine(const Record& record) {
  std::string line;
  line.reserve(128 + record.message.size());
  AppendTime(line, record.time);
  fmt::format_to(std::back_inserter(line), " {:<8} ", ToString(record.level));
  AppendEscaped(line, record.logger);
  fmt::format_to(std::back_inserter(line), " [{} ", record.thread_id);
  AppendEscaped(line, record.thread_name);
  line += "] ";
  if (record.location.line() != 0) {
    fmt::format_to(std::back_inserter(line), "{}:{} ", FileName(record.location.file_name()), record.location.line());
  }
  AppendEscaped(line, record.message);
  for (const auto& [key, value] : record.fields) AppendField(line, key, value);
  if (record.span.valid()) {
    AppendField(line, "trace_id", record.span.TraceIdHex());
    AppendField(line, "span_id", record.span.SpanIdHex());
  }
  return line;
}

}  // namespace guildscope::logging
