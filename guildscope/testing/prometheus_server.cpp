#include "guildscope/testing/prometheus_server.hpp"

#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

#include "guildscope/testing/http_client.hpp"

namespace guildscope::testing {
namespace {

constexpr std::chrono::seconds kLimit{60};

/// Prometheus cannot take port 0 and say which one it got, so a free one is looked for.
std::uint16_t FreePort() {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

void WaitUntil(const char* what, const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + kLimit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error(std::string("prometheus: no ") + what);
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

std::string PercentEncode(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte)) {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return encoded;
}

nlohmann::json Settings(const std::vector<std::uint16_t>& ports, const std::vector<std::filesystem::path>& rule_files) {
  nlohmann::json targets = nlohmann::json::array();
  for (const std::uint16_t port : ports) targets.push_back("127.0.0.1:" + std::to_string(port));
  nlohmann::json rules = nlohmann::json::array();
  for (const auto& file : rule_files) rules.push_back(std::filesystem::absolute(file).string());
  return {{"global", {{"scrape_interval", "1s"}, {"evaluation_interval", "1s"}}},
          {"rule_files", rules},
          {"scrape_configs", {{{"job_name", "bot"}, {"static_configs", {{{"targets", targets}}}}}}}};
}

Sample ToSample(const nlohmann::json& result) {
  Sample sample;
  for (const auto& [label, value] : result.at("metric").items()) {
    (label == "__name__" ? sample.name : sample.labels[label]) = value.get<std::string>();
  }
  sample.value = std::strtod(result.at("value").at(1).get_ref<const std::string&>().c_str(), nullptr);
  return sample;
}

}  // namespace

PrometheusServer::PrometheusServer(const std::vector<std::uint16_t>& scraped_ports,
                                   const std::vector<std::filesystem::path>& rule_files,
                                   const std::vector<std::string>& flags)
    : targets_(scraped_ports.size()) {
  std::string name = (std::filesystem::temp_directory_path() / "prometheus-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a directory for Prometheus: " + name);
  directory_ = name;
  const auto settings = directory_ / "prometheus.yml";
  std::ofstream(settings) << Settings(scraped_ports, rule_files).dump(2);  // JSON is YAML

  port_ = FreePort();
  std::vector<std::string> command{"prometheus", "--config.file=" + settings.string(),
                                   "--storage.tsdb.path=" + (directory_ / "data").string(),
                                   "--web.listen-address=127.0.0.1:" + std::to_string(port_), "--log.level=warn"};
  command.insert(command.end(), flags.begin(), flags.end());
  process_ = std::make_unique<Process>(ProcessOptions{.command = std::move(command)});
  WaitUntil("readiness", [this] {
    if (process_->Wait(std::chrono::milliseconds{0})) throw std::runtime_error("prometheus: " + process_->Errors());
    try {
      return Get(port_, "/-/ready").status == 200;
    } catch (const std::runtime_error&) {
      return false;
    }
  });
}

PrometheusServer::~PrometheusServer() {
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void PrometheusServer::WaitForNextScrape() {
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  // A scrape that began after now: its sample of `up` carries the time at which it began. timestamp() tells it of a
  // plain selector alone; of any other expression it tells the time of the query.
  WaitUntil("scrape", [&] {
    const auto scrapes = Query("timestamp(up) and (up == 1)");
    std::size_t fresh = 0;
    for (const Sample& scrape : scrapes) fresh += scrape.value > now ? 1 : 0;
    return fresh == targets_;
  });
}

std::vector<Sample> PrometheusServer::Query(const std::string& promql) const {
  const auto answer = Get(port_, "/api/v1/query?query=" + PercentEncode(promql));
  const auto json = nlohmann::json::parse(answer.body);
  if (json.at("status") != "success") throw std::runtime_error("prometheus: " + json.value("error", answer.body));
  const auto& data = json.at("data");
  std::vector<Sample> samples;
  if (data.at("resultType") == "scalar") {
    samples.push_back(ToSample({{"metric", nlohmann::json::object()}, {"value", data.at("result")}}));
  } else {
    for (const auto& result : data.at("result")) samples.push_back(ToSample(result));
  }
  return samples;
}

}  // namespace guildscope::testing
