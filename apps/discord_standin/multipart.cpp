#include "apps/discord_standin/multipart.hpp"

namespace standin {
namespace {

/// The value of `key=` in a header: quoted, or up to the next separator.
std::string_view Parameter(std::string_view header, std::string_view key) {
  const std::string needle = std::string(key) + "=";
  for (std::size_t at = header.find(needle); at != std::string_view::npos; at = header.find(needle, at + 1)) {
    // `name=` is also the end of `filename=`.
    if (at > 0 && header[at - 1] != ' ' && header[at - 1] != ';') continue;
    std::string_view value = header.substr(at + needle.size());
    if (!value.empty() && value.front() == '"') {
      value.remove_prefix(1);
      return value.substr(0, value.find('"'));
    }
    return value.substr(0, value.find_first_of("; \r\n"));
  }
  return {};
}

FormPart ParsePart(std::string_view part) {
  const auto head_end = part.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return {};
  const std::string_view head = part.substr(0, head_end);
  return {Parameter(head, "name"), Parameter(head, "filename"), part.substr(head_end + 4)};
}

}  // namespace

std::vector<FormPart> ParseMultipart(std::string_view content_type, std::string_view body) {
  std::vector<FormPart> parts;
  if (!content_type.starts_with("multipart/form-data")) return parts;
  const std::string_view boundary = Parameter(content_type, "boundary");
  if (boundary.empty()) return parts;
  const std::string delimiter = "--" + std::string(boundary);
  std::size_t at = body.find(delimiter);
  while (at != std::string_view::npos) {
    const std::size_t start = at + delimiter.size();
    if (body.substr(start).starts_with("--")) return parts;
    const std::size_t end = body.find("\r\n" + delimiter, start);
    if (end == std::string_view::npos) return {};
    parts.push_back(ParsePart(body.substr(start, end - start)));
    at = end + 2;
  }
  return {};
}

}  // namespace standin
