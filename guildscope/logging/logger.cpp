#include "guildscope/logging/logger.hpp"

#include <array>
#include <cctype>
#include <exception>
#include <iterator>
#include <stdexcept>

namespace guildscope::logging {
namespace {

constexpr std::array<std::string_view, 6> kNames{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", "OFF"};

bool SameWord(std::string_view text, std::string_view upper) {
  if (text.size() != upper.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (std::toupper(static_cast<unsigned char>(text[i])) != upper[i]) return false;
  }
  return true;
}

const Fields kNoFields;

}  // namespace

std::string_view ToString(Level level) noexcept { return kNames[static_cast<std::size_t>(level)]; }

Level ParseLevel(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (SameWord(text, kNames[i])) return static_cast<Level>(i);
  }
  throw std::invalid_argument("log level '" + std::string(text) +
                              "'; accepted: DEBUG, INFO, WARNING, ERROR, CRITICAL, OFF");
}

Logger Logger::With(Fields fields) const {
  Logger logger(*this);
  if (fields_) fields.insert(fields.begin(), fields_->begin(), fields_->end());
  logger.fields_ = std::make_shared<const Fields>(std::move(fields));
  return logger;
}

void Logger::Write(Level level, std::string_view message, const std::source_location& location) const noexcept {
  if (Enabled(level)) state_->Write(level, message, fields_ ? *fields_ : kNoFields, location);
}

void Logger::WriteFormatted(Level level, fmt::string_view format, fmt::format_args args,
                            const std::source_location& location) const noexcept {
  const Fields& fields = fields_ ? *fields_ : kNoFields;
  try {
    fmt::memory_buffer text;
    fmt::vformat_to(std::back_inserter(text), format, args);
    state_->Write(level, {text.data(), text.size()}, fields, location);
  } catch (const std::exception& error) {
    state_->Write(level, error.what(), {{"unformatted", std::string(format.data(), format.size())}}, location);
  }
}

}  // namespace guildscope::logging
