#include "guildscope/config/schema.hpp"

#include <algorithm>
#include <cctype>
#include <memory>
#include <sstream>
#include <utility>

#include "guildscope/base/redactor.hpp"
#include "guildscope/config/field.hpp"
#include "guildscope/config/values.hpp"

namespace guildscope::config {
namespace {

using Map = std::map<std::string, std::string>;

std::string VariableOf(const std::string& key) {
  std::string variable = key;
  for (char& c : variable) c = c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return variable;
}

std::string NumberText(double value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

std::string JoinWords(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string JoinPairs(const Map& pairs) {
  std::string text;
  for (const auto& [name, value] : pairs) text += (text.empty() ? "" : ",") + name + "=" + value;
  return text;
}

bool AcceptsAll(const std::string& /*text*/) { return true; }

}  // namespace

Schema::Schema() = default;
Schema::~Schema() = default;
Schema::Schema(Schema&&) noexcept = default;
Schema& Schema::operator=(Schema&&) noexcept = default;

Schema& Schema::Add(Field field) {
  field.variable = VariableOf(field.key);
  for (const Field& other : fields_) {
    if (other.variable == field.variable) {
      throw std::logic_error("setting '" + field.key + "' has the variable of '" + other.key + "', " + field.variable);
    }
    if (other.key.starts_with(field.key + ".") || field.key.starts_with(other.key + ".")) {
      throw std::logic_error("'" + field.key + "' and '" + other.key + "': a setting cannot be a section too");
    }
  }
  fields_.push_back(std::move(field));
  return *this;
}

Schema& Schema::Bool(std::string key, bool* target, std::string help) {
  Field field{.key = std::move(key), .accepted = "true or false", .initial = *target ? "true" : "false"};
  field.help = std::move(help);
  field.set = [target](const std::string& text) {
    const auto value = ParseBool(text);
    if (value) *target = *value;
    return value.has_value();
  };
  return Add(std::move(field));
}

Schema& Schema::Integer(std::string key, std::int64_t* target, std::int64_t lowest, std::int64_t highest,
                        std::string help) {
  return AddInteger(std::move(key), *target, lowest, highest, std::move(help),
                    [target](std::int64_t v) { *target = v; });
}

Schema& Schema::AddInteger(std::string key, std::int64_t initial, std::int64_t lowest, std::int64_t highest,
                           std::string help, std::function<void(std::int64_t)> set) {
  Field field{.key = std::move(key)};
  field.accepted = "a whole number from " + std::to_string(lowest) + " to " + std::to_string(highest);
  field.initial = std::to_string(initial);
  field.help = std::move(help);
  field.set = [lowest, highest, set = std::move(set)](const std::string& text) {
    const auto value = ParseInteger(text);
    if (!value || *value < lowest || *value > highest) return false;
    set(*value);
    return true;
  };
  return Add(std::move(field));
}

Schema& Schema::Number(std::string key, double* target, double lowest, double highest, std::string help) {
  Field field{.key = std::move(key)};
  field.accepted = "a number from " + NumberText(lowest) + " to " + NumberText(highest);
  field.initial = NumberText(*target);
  field.help = std::move(help);
  field.set = [target, lowest, highest](const std::string& text) {
    const auto value = ParseNumber(text);
    if (!value || *value < lowest || *value > highest) return false;
    *target = *value;
    return true;
  };
  return Add(std::move(field));
}

Schema& Schema::Duration(std::string key, std::chrono::milliseconds* target, std::chrono::milliseconds lowest,
                         std::chrono::milliseconds highest, std::string help) {
  Field field{.key = std::move(key)};
  field.accepted = "a duration from " + FormatDuration(lowest) + " to " + FormatDuration(highest) +
                   " (whole seconds, or with one of ms, s, m, h)";
  field.initial = FormatDuration(*target);
  field.help = std::move(help);
  field.set = [target, lowest, highest](const std::string& text) {
    const auto value = ParseDuration(text);
    if (!value || *value < lowest || *value > highest) return false;
    *target = *value;
    return true;
  };
  return Add(std::move(field));
}

Schema& Schema::Duration(std::string key, std::chrono::seconds* target, std::chrono::seconds lowest,
                         std::chrono::seconds highest, std::string help) {
  Field field{.key = std::move(key)};
  field.accepted = "a duration from " + FormatDuration(lowest) + " to " + FormatDuration(highest) +
                   " (whole seconds, or with one of s, m, h)";
  field.initial = FormatDuration(*target);
  field.help = std::move(help);
  field.set = [target, lowest, highest](const std::string& text) {
    const auto value = ParseDuration(text);
    if (!value || *value < lowest || *value > highest || value->count() % 1'000 != 0) return false;
    *target = std::chrono::duration_cast<std::chrono::seconds>(*value);
    return true;
  };
  return Add(std::move(field));
}

Schema& Schema::AddText(std::string key, std::string* target, std::string accepted, bool secret,
                        std::function<bool(const std::string&)> accepts, std::string help) {
  Field field{.key = std::move(key), .accepted = std::move(accepted), .initial = *target};
  field.help = std::move(help);
  field.secret = secret;
  field.set = [target, accepts = std::move(accepts)](const std::string& text) {
    if (!accepts(text)) return false;
    *target = text;
    return true;
  };
  field.texts = [target] { return std::vector<std::string>{*target}; };
  return Add(std::move(field));
}

Schema& Schema::String(std::string key, std::string* target, std::string help) {
  return AddText(std::move(key), target, "a text", false, AcceptsAll, std::move(help));
}

Schema& Schema::Secret(std::string key, std::string* target, std::string help) {
  return AddText(std::move(key), target, "a text", true, AcceptsAll, std::move(help));
}

Schema& Schema::Checked(std::string key, std::string* target, std::string accepted,
                        std::function<bool(const std::string&)> accepts, std::string help) {
  return AddText(std::move(key), target, std::move(accepted), false, std::move(accepts), std::move(help));
}

Schema& Schema::Choice(std::string key, std::string* target, const std::vector<std::string>& accepted,
                       std::string help) {
  return AddChoice(std::move(key), *target, accepted, std::move(help),
                   [target, accepted](std::size_t i) { *target = accepted[i]; });
}

Schema& Schema::AddChoice(std::string key, std::string initial, std::vector<std::string> accepted, std::string help,
                          std::function<void(std::size_t)> set) {
  Field field{.key = std::move(key), .accepted = "one of " + JoinWords(accepted), .initial = std::move(initial)};
  field.help = std::move(help);
  field.set = [accepted = std::move(accepted), set = std::move(set)](const std::string& text) {
    const std::string word = Lower(Trim(text));
    const auto found =
        std::find_if(accepted.begin(), accepted.end(), [&word](const std::string& a) { return Lower(a) == word; });
    if (found == accepted.end()) return false;
    set(static_cast<std::size_t>(found - accepted.begin()));
    return true;
  };
  return Add(std::move(field));
}

Schema& Schema::AddMap(std::string key, Map* target, std::string accepted, bool secret,
                       std::function<bool(const std::string&)> accepts, std::string help) {
  Field field{.key = std::move(key), .accepted = std::move(accepted), .initial = JoinPairs(*target)};
  field.help = std::move(help);
  field.secret = secret;
  field.set_map = [target, accepts = std::move(accepts)](const Map& pairs) {
    if (!std::all_of(pairs.begin(), pairs.end(), [&accepts](const auto& pair) { return accepts(pair.second); })) {
      return false;
    }
    *target = pairs;
    return true;
  };
  field.texts = [target] {
    std::vector<std::string> values;
    for (const auto& [name, value] : *target) values.push_back(value);
    return values;
  };
  return Add(std::move(field));
}

Schema& Schema::StringMap(std::string key, Map* target, std::string help) {
  return AddMap(std::move(key), target, "names with texts", false, AcceptsAll, std::move(help));
}

Schema& Schema::StringList(std::string key, std::vector<std::string>* target, std::string help) {
  std::string initial;
  for (const std::string& text : *target) initial += (initial.empty() ? "" : ",") + text;
  Field field{.key = std::move(key), .accepted = "a list of texts", .initial = std::move(initial)};
  field.help = std::move(help);
  field.set_list = [target](std::vector<std::string> texts) {
    std::erase_if(texts, [](const std::string& text) { return text.empty(); });
    *target = std::move(texts);
    return true;
  };
  field.texts = [target] { return *target; };
  return Add(std::move(field));
}

Schema& Schema::SecretMap(std::string key, Map* target, std::string help) {
  return AddMap(std::move(key), target, "names with texts", true, AcceptsAll, std::move(help));
}

Schema& Schema::CheckedMap(std::string key, Map* target, const std::string& accepted,
                           std::function<bool(const std::string&)> accepts, std::string help) {
  return AddMap(std::move(key), target, "names with " + accepted, false, std::move(accepts), std::move(help));
}

Schema& Schema::Finally(std::function<void(const Schema&, std::vector<Problem>&)> step) {
  finally_.push_back(std::move(step));
  return *this;
}

void Schema::ReadEnvironment(const Environment& environment, std::vector<Problem>& problems) {
  for (Field& field : fields_) {
    const auto value = NonEmpty(environment, field.variable);
    if (!value) continue;
    bool accepted = false;
    if (field.set_map) {
      const auto pairs = ParsePairs(*value);
      accepted = pairs && field.set_map(*pairs);
    } else if (field.set_list) {
      accepted = field.set_list(Split(*value, ','));
    } else {
      accepted = field.set(*value);
    }
    field.where = "environment";
    if (accepted) continue;
    const std::string form = field.set_map ? ", as name=value,name=value" : "";
    problems.push_back({"environment", field.variable, field.Shown(*value), field.accepted + form});
  }
}

void Schema::Finish(std::vector<Problem> problems) {
  for (const auto& step : finally_) step(*this, problems);
  if (problems.empty()) return;
  Redactor redactor;
  for (const std::string& secret : SecretValues()) redactor.AddSecret(secret);
  for (Problem& problem : problems) problem.found = redactor.Redact(problem.found);
  throw ConfigError(std::move(problems));
}

bool Schema::IsSet(std::string_view key) const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [key](const Field& f) { return f.key == key && !f.where.empty(); });
}

std::string Schema::Where(std::string_view key) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(), [key](const Field& f) { return f.key == key; });
  return found == fields_.end() || found->where.empty() ? "default" : found->where;
}

std::vector<std::string> Schema::SecretValues() const {
  std::vector<std::string> secrets;
  for (const Field& field : fields_) {
    if (!field.texts) continue;
    for (const std::string& text : field.texts()) {
      const std::size_t shortest = field.set_map ? kShortestCredential : 1;
      if (field.secret && text.size() >= shortest) secrets.push_back(text);
      const auto password = UrlPassword(text);
      if (!password || password->empty()) continue;
      secrets.push_back(*password);
      if (const auto plain = PercentDecode(*password); plain && *plain != *password) secrets.push_back(*plain);
    }
  }
  return secrets;
}

}  // namespace guildscope::config
