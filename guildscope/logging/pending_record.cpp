#include "guildscope/logging/pending_record.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace guildscope::logging {
namespace {

struct Fixed {
  const void* logger;
  std::chrono::system_clock::time_point time;
  std::source_location location;
  std::int64_t thread_id;
  std::array<char, 16> thread_name;
  tracing::SpanContext span;
  Level level;
  bool to_console;
  std::uint32_t message_size;
  std::uint32_t fields;
};
static_assert(std::is_trivially_copyable_v<Fixed>);

struct FieldSizes {
  std::uint32_t key;
  std::uint32_t value;
};

char* Put(char* to, const void* from, std::size_t size) noexcept {
  if (size > 0) std::memcpy(to, from, size);
  return to + size;
}

std::string_view Take(std::string_view& bytes, std::size_t size) noexcept {
  const std::string_view taken = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return taken;
}

template <typename T>
T TakeValue(std::string_view& bytes) noexcept {
  T value;
  std::memcpy(&value, Take(bytes, sizeof(T)).data(), sizeof(T));
  return value;
}

}  // namespace

PendingRecord::PendingRecord(const void* logger, const Record& record, bool to_console) noexcept
    : logger_(logger), record_(record), to_console_(to_console), size_(sizeof(Fixed) + record.message.size()) {
  for (const auto& [key, value] : record.fields) size_ += sizeof(FieldSizes) + key.size() + value.size();
}

void PendingRecord::WriteTo(char* to) const noexcept {
  Fixed fixed{.logger = logger_,
              .time = record_.time,
              .location = record_.location,
              .thread_id = record_.thread_id,
              .thread_name = {},
              .span = record_.span,
              .level = record_.level,
              .to_console = to_console_,
              .message_size = static_cast<std::uint32_t>(record_.message.size()),
              .fields = static_cast<std::uint32_t>(record_.fields.size())};
  Put(fixed.thread_name.data(), record_.thread_name.data(),
      std::min(record_.thread_name.size(), fixed.thread_name.size() - 1));
  to = Put(to, &fixed, sizeof(fixed));
  to = Put(to, record_.message.data(), record_.message.size());
  for (const auto& [key, value] : record_.fields) {
    const FieldSizes sizes{static_cast<std::uint32_t>(key.size()), static_cast<std::uint32_t>(value.size())};
    to = Put(to, &sizes, sizeof(sizes));
    to = Put(to, key.data(), key.size());
    to = Put(to, value.data(), value.size());
  }
}

PendingRecord::Read PendingRecord::From(std::string_view bytes, Fields& fields) {
  const char* const start = bytes.data();
  const auto fixed = TakeValue<Fixed>(bytes);
  const std::string_view message = Take(bytes, fixed.message_size);
  fields.clear();
  for (std::uint32_t i = 0; i < fixed.fields; ++i) {
    const auto sizes = TakeValue<FieldSizes>(bytes);
    const std::string_view key = Take(bytes, sizes.key);
    fields.emplace_back(key, Take(bytes, sizes.value));
  }
  return {.logger = fixed.logger,
          .to_console = fixed.to_console,
          .record = {.level = fixed.level,
                     .time = fixed.time,
                     .logger = {},
                     .message = message,
                     .fields = fields,
                     .location = fixed.location,
                     .thread_id = fixed.thread_id,
                     .thread_name = start + offsetof(Fixed, thread_name),
                     .span = fixed.span}};
}

}  // namespace guildscope::logging
