#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace standin {

/// One part of a multipart/form-data body; views into the body.
struct FormPart {
  std::string_view name;
  std::string_view filename;  ///< Empty when it is not a file.
  std::string_view data;
};

/// The parts of a body, by RFC 7578 as browsers and bots write it; empty when it is not multipart or is cut off.
[[nodiscard]] std::vector<FormPart> ParseMultipart(std::string_view content_type, std::string_view body);

}  // namespace standin
