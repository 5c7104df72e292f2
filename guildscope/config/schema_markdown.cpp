#include <sstream>

#include "guildscope/config/field.hpp"
#include "guildscope/config/schema.hpp"

namespace guildscope::config {
namespace {

/// A bar would end the cell of a Markdown table.
std::string Cell(const std::string& text) {
  std::string result;
  for (const char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

}  // namespace

std::string Schema::ToMarkdown() const {
  std::ostringstream out;
  std::string section;
  for (const Field& field : fields_) {
    if (const std::string of_field = field.key.substr(0, field.key.find('.')); of_field != section) {
      section = of_field;
      out << "\n## " << section << "\n\n| Key | Variable | Accepted | Default | Meaning |\n|---|---|---|---|---|\n";
    }
    std::string initial = "none";
    if (!field.initial.empty()) initial = field.secret ? "`***`" : "`" + Cell(field.initial) + "`";
    out << "| `" << field.key << "` | `" << field.variable << "` | " << Cell(field.accepted)
        << (field.secret ? " (a secret: never printed)" : "") << " | " << initial << " | " << Cell(field.help)
        << " |\n";
  }
  return out.str();
}

}  // namespace guildscope::config
