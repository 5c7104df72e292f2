#include "guildscope/testing/prometheus_server.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace guildscope::testing {
namespace {

nlohmann::json Settings(const std::vector<std::uint16_t>& ports, const std::vector<std::filesystem::path>& rule_files) {
  nlohmann::json targets = nlohmann::json::array();
  for (const std::uint16_t port : ports) targets.push_back("127.0.0.1:" + std::to_string(port));
  nlohmann::json rules = nlohmann::json::array();
  for (const auto& file : rule_files) rules.push_back(std::filesystem::absolute(file).string());
  return {{"global", {{"scrape_interval", "1s"}, {"evaluation_interval", "1s"}}},
          {"rule_files", rules},
          {"scrape_configs", {{{"job_name", "bot"}, {"static_configs", {{{"targets", targets}}}}}}}};
}

}  // namespace

PrometheusServer::PrometheusServer(const std::vector<std::uint16_t>& scraped_ports,
                                   const std::vector<std::filesystem::path>& rule_files,
                                   const std::vector<std::string>& flags)
    : QueryServer(
          "prometheus",
          [&](const std::filesystem::path& folder, std::uint16_t port) -> std::vector<std::string> {
            const auto settings = folder / "prometheus.yml";
            std::ofstream(settings) << Settings(scraped_ports, rule_files).dump(2);  // JSON is YAML
            std::vector<std::string> command{
                "prometheus", "--config.file=" + settings.string(), "--storage.tsdb.path=" + (folder / "data").string(),
                "--web.listen-address=127.0.0.1:" + std::to_string(port), "--log.level=warn"};
            command.insert(command.end(), flags.begin(), flags.end());
            return command;
          },
          "/-/ready"),
      targets_(scraped_ports.size()) {}

void PrometheusServer::WaitForNextScrape() {
  const double now = UnixTime();
  // A scrape that began after now: its sample of `up` carries the time at which it began. timestamp() tells it of a
  // plain selector alone; of any other expression it tells the time of the query.
  WaitUntil("scrape", [&] {
    const auto scrapes = Query("timestamp(up) and (up == 1)");
    std::size_t fresh = 0;
    for (const Sample& scrape : scrapes) fresh += scrape.value > now ? 1 : 0;
    return fresh == targets_;
  });
}

}  // namespace guildscope::testing
