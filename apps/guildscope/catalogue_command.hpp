#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace guildscope {

/// `guildscope catalogue`: every metric that the product has. Its action sets the exit status.
void AddCatalogueCommand(CLI::App& app, int& exit_status);

/// docs/metrics.md, with the names that the default prefix or another one gives.
[[nodiscard]] std::string CatalogueMarkdown(std::string_view prefix);

/// A JSON array with an object for each metric: name, prometheus_name, kind, unit, labels, help, and the buckets of a
/// histogram.
[[nodiscard]] std::string CatalogueJson(std::string_view prefix);

}  // namespace guildscope
