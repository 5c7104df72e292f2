#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <map>
#include <system_error>
#include <utility>

#include "guildscope/config/field.hpp"
#include "guildscope/config/values.hpp"

namespace guildscope::config {
namespace {

/// A settings file is a page or two; what is longer is the wrong file, or one without an end.
constexpr std::size_t kLargestFile = 1024 * 1024;

std::string KindOf(const YAML::Node& node) {
  if (node.IsMap()) return "a section";
  if (node.IsSequence()) return "a list";
  if (node.IsNull()) return "nothing";
  return "a single value";
}

/// The text of a file; a problem and nothing when it cannot be read.
std::string ReadFile(const std::string& path, std::vector<Problem>& problems) {
  const auto fail = [&](std::string found) {
    problems.push_back({path, "", std::move(found), "a readable YAML file"});
    return std::string();
  };
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return fail("a directory");
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(errno == ENOENT ? "no such file" : std::generic_category().message(errno));
  std::string text(kLargestFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return fail("an error while reading");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kLargestFile) return fail("more than " + std::to_string(kLargestFile) + " bytes");
  return text;
}

}  // namespace

/// Reads one YAML text into the fields of a schema and collects what is wrong with it. Goes only where a known key
/// leads, so that aliases (which may form a circle, or stand for very much) cost nothing.
class Schema::Reader {
 public:
  Reader(std::vector<Field>& fields, const std::string& name, const Environment& environment,
         std::vector<Problem>& problems)
      : fields_(fields), name_(name), environment_(environment), problems_(problems) {}

  void Read(std::string_view yaml) {
    std::vector<YAML::Node> documents;
    try {
      // yaml-cpp takes a quote that is never closed when the text ends with a line's end.
      documents = YAML::LoadAll(std::string(yaml.substr(0, yaml.find_last_not_of(" \t\r\n") + 1)));
    } catch (const YAML::Exception& error) {
      // What is not closed is missed after the last line, where an editor cannot go.
      YAML::Mark mark = error.mark;
      const auto last_line = std::count(yaml.begin(), yaml.end(), '\n') - (yaml.ends_with('\n') ? 1 : 0);
      mark.line = std::min(mark.line, static_cast<int>(last_line));
      problems_.push_back({At(mark), "", "broken YAML (" + error.msg + ")", "valid YAML"});
      return;
    }
    if (documents.size() > 1) {
      problems_.push_back({At(documents[1].Mark()), "", "a second document", "one YAML document"});
    }
    if (documents.empty() || documents.front().IsNull()) return;
    if (!documents.front().IsMap()) {
      problems_.push_back({At(documents.front().Mark()), "", KindOf(documents.front()), "sections: " + Children("")});
      return;
    }
    ReadSection(documents.front(), "");
  }

 private:
  [[nodiscard]] std::string At(const YAML::Mark& mark) const {
    return mark.is_null() ? name_ : name_ + ":" + std::to_string(mark.line + 1);
  }

  void Report(const YAML::Node& node, const std::string& key, std::string found, std::string accepted) {
    problems_.push_back({At(node.Mark()), key, std::move(found), std::move(accepted)});
  }

  void ReadSection(const YAML::Node& section, const std::string& path) {
    for (const auto& entry : section) {
      if (!entry.first.IsScalar()) {
        Report(entry.first, path, KindOf(entry.first) + " as a key", "a name");
        continue;
      }
      const std::string key = path.empty() ? entry.first.Scalar() : path + "." + entry.first.Scalar();
      const auto [first, is_new] = lines_.emplace(key, At(entry.first.Mark()));
      if (!is_new) {
        Report(entry.first, key, "the same key again", "each key once (it is already at " + first->second + ")");
        continue;
      }
      ReadEntry(entry.first, entry.second, key);
    }
  }

  void ReadEntry(const YAML::Node& name, const YAML::Node& value, const std::string& key) {
    const auto field = std::find_if(fields_.begin(), fields_.end(), [&key](const Field& f) { return f.key == key; });
    if (field != fields_.end()) {
      field->where = At(name.Mark());
      if (field->set_map) return ReadMap(value, *field);
      if (field->set_list) return ReadList(name, value, *field);
      return ReadValue(name, value, *field);
    }
    const std::string children = Children(key);
    if (children.empty()) return ReportUnknown(name, key);
    // A section whose settings are all commented out is null.
    if (value.IsNull()) return;
    if (!value.IsMap()) return Report(value, key, KindOf(value), "a section with: " + children);
    ReadSection(value, key);
  }

  void ReadValue(const YAML::Node& name, const YAML::Node& value, Field& field) {
    if (!value.IsScalar()) return Report(value.IsNull() ? name : value, field.key, KindOf(value), field.accepted);
    const auto text = Expanded(value, field);
    if (text && !field.set(*text)) Report(value, field.key, Shown(value, field), field.accepted);
  }

  void ReadMap(const YAML::Node& value, Field& field) {
    if (value.IsNull()) return;
    if (!value.IsMap()) return Report(value, field.key, KindOf(value), "a section of " + field.accepted);
    std::map<std::string, std::string> pairs;
    for (const auto& entry : value) {
      if (!entry.first.IsScalar()) {
        Report(entry.first, field.key, KindOf(entry.first) + " as a name", field.accepted);
        continue;
      }
      const std::string& name = entry.first.Scalar();
      const std::string key = field.key + "." + name;
      if (pairs.contains(name)) {
        Report(entry.first, key, "the same name again", "each name once");
      } else if (!entry.second.IsScalar()) {
        Report(entry.second.IsNull() ? entry.first : entry.second, key, KindOf(entry.second), field.accepted);
      } else if (const auto text = Expanded(entry.second, field)) {
        // One at a time, so that a bad one is reported with its own line.
        if (!field.set_map({{name, *text}})) Report(entry.second, key, Shown(entry.second, field), field.accepted);
        pairs[name] = *text;
      }
    }
    field.set_map(pairs);
  }

  void ReadList(const YAML::Node& name, const YAML::Node& value, Field& field) {
    if (value.IsNull()) return;
    if (value.IsScalar()) {
      if (const auto text = Expanded(value, field)) field.set_list(Split(*text, ','));
      return;
    }
    if (!value.IsSequence()) return Report(name, field.key, KindOf(value), field.accepted);
    std::vector<std::string> texts;
    for (const auto& entry : value) {
      if (!entry.IsScalar()) {
        Report(entry.IsNull() ? name : entry, field.key, KindOf(entry), field.accepted);
      } else if (auto text = Expanded(entry, field)) {
        texts.push_back(std::move(*text));
      }
    }
    field.set_list(std::move(texts));
  }

  std::optional<std::string> Expanded(const YAML::Node& value, const Field& field) {
    if (value.Tag() == "!env") {
      auto variable = environment_(value.Scalar());
      if (!variable) Report(value, field.key, "!env " + value.Scalar() + ", which is not set", field.accepted);
      return variable;
    }
    // `?` is a plain scalar, `!` a quoted one; `!!str` and the like change nothing, since the field knows its type.
    const std::string& tag = value.Tag();
    if (!tag.empty() && tag != "?" && tag != "!" && !tag.starts_with("tag:yaml.org,2002:")) {
      Report(value, field.key, "the tag " + tag, "a plain value, or the tag !env");
      return std::nullopt;
    }
    Expansion expansion = ExpandVariables(value.Scalar(), environment_);
    if (expansion.error.empty()) return std::move(expansion.text);
    Report(value, field.key, expansion.error, field.accepted);
    return std::nullopt;
  }

  /// The text as it stands in the file: what a variable holds may be a secret that came to the wrong place.
  [[nodiscard]] std::string Shown(const YAML::Node& value, const Field& field) const {
    return (value.Tag() == "!env" ? "!env " : "") + field.Shown(value.Scalar());
  }

  void ReportUnknown(const YAML::Node& name, const std::string& key) {
    std::vector<std::string> known;
    for (const Field& field : fields_) {
      known.push_back(field.key);
      for (std::size_t dot = field.key.find('.'); dot != std::string::npos; dot = field.key.find('.', dot + 1)) {
        const std::string section = field.key.substr(0, dot);
        if (std::find(known.begin(), known.end(), section) == known.end()) known.push_back(section);
      }
    }
    const std::size_t dot = key.rfind('.');
    const auto nearest = Nearest(key, known);
    Report(name, key, "an unknown key",
           nearest ? "'" + *nearest + "' (the nearest known key)"
                   : "one of " + Children(dot == std::string::npos ? "" : key.substr(0, dot)));
  }

  /// The names right below a section; empty when there is no such section.
  [[nodiscard]] std::string Children(const std::string& section) const {
    std::vector<std::string> names;
    std::string text;
    const std::string prefix = section.empty() ? "" : section + ".";
    for (const Field& field : fields_) {
      if (!field.key.starts_with(prefix)) continue;
      std::string name = field.key.substr(prefix.size());
      name = name.substr(0, name.find('.'));
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      text += (text.empty() ? "" : ", ") + name;
      names.push_back(std::move(name));
    }
    return text;
  }

  std::vector<Field>& fields_;
  const std::string& name_;
  const Environment& environment_;
  std::vector<Problem>& problems_;
  std::map<std::string, std::string> lines_;  // of the keys seen so far
};

void Schema::Load(const std::string& path, const Environment& environment) {
  std::vector<Problem> problems;
  const std::string text = path.empty() ? "" : ReadFile(path, problems);
  Read(text, path, environment, std::move(problems));
}

void Schema::LoadText(std::string_view yaml, const std::string& name, const Environment& environment) {
  Read(yaml, name, environment, {});
}

void Schema::Read(std::string_view yaml, const std::string& name, const Environment& environment,
                  std::vector<Problem> problems) {
  Reader(fields_, name, environment, problems).Read(yaml);
  ReadEnvironment(environment, problems);
  Finish(std::move(problems));
}

}  // namespace guildscope::config
