#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "guildscope/testing/otlp_store.hpp"

namespace guildscope {

/// The metrics of a page of `/metrics` (Prometheus text), by name, with their type.
[[nodiscard]] std::map<std::string, std::string> FamiliesOf(std::string_view page);

/// Every series of a page, readable, one line each, sorted: what it is called and labelled, and not its value. Values
/// of labels are there where they are from a closed set; else `*` stands for all of them. With the name and the unit
/// under which the same metric was exported by OTLP, or a word that says it was not.
[[nodiscard]] std::string ListSeries(std::string_view page, const std::vector<testing::ReceivedPoint>& exported);

}  // namespace guildscope
