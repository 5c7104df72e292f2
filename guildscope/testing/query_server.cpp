#include "guildscope/testing/query_server.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <thread>

#include "guildscope/testing/http_client.hpp"

namespace guildscope::testing {
namespace {

constexpr std::chrono::seconds kLimit{60};

/// Neither of the servers can take port 0 and say which one it got, so a free one is looked for.
std::uint16_t FreePort() {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor acceptor(io, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

std::filesystem::path MakeFolder(const std::string& name) {
  std::string folder = (std::filesystem::temp_directory_path() / (name + "-XXXXXX")).string();
  if (mkdtemp(folder.data()) == nullptr)
    throw std::runtime_error("cannot make a directory for " + name + ": " + folder);
  return folder;
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

/// The `data` of an answer.
nlohmann::json Ask(const std::string& server, std::uint16_t port, const std::string& promql) {
  const auto answer = Get(port, "/api/v1/query?nocache=1&query=" + PercentEncode(promql));
  const auto json = nlohmann::json::parse(answer.body);
  if (json.at("status") != "success") throw std::runtime_error(server + ": " + json.value("error", answer.body));
  return json.at("data");
}

/// [time, "value"]
double ValueIn(const nlohmann::json& pair) {
  return std::strtod(pair.at(1).get_ref<const std::string&>().c_str(), nullptr);
}

template <typename Series>
Series WithLabels(const nlohmann::json& metric) {
  Series series;
  for (const auto& [label, value] : metric.items()) {
    (label == "__name__" ? series.name : series.labels[label]) = value;
  }
  return series;
}

}  // namespace

double UnixTime() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

QueryServer::QueryServer(std::string name, const Command& command, const std::string& ready_path)
    : name_(std::move(name)), folder_(MakeFolder(name_)), port_(FreePort()) {
  process_ = std::make_unique<Process>(ProcessOptions{.command = command(folder_, port_)});
  WaitUntil("readiness", [&] {
    if (process_->Wait(std::chrono::milliseconds{0})) throw std::runtime_error(name_ + ": " + process_->Errors());
    try {
      return Get(port_, ready_path).status == 200;
    } catch (const std::runtime_error&) {
      return false;
    }
  });
}

QueryServer::~QueryServer() {
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void QueryServer::WaitUntil(const char* what, const std::function<bool()>& holds) const {
  const auto deadline = std::chrono::steady_clock::now() + kLimit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error(name_ + ": no " + what);
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

std::vector<Sample> QueryServer::Query(const std::string& promql) const {
  const auto data = Ask(name_, port_, promql);
  if (data.at("resultType") == "scalar") return {Sample{.value = ValueIn(data.at("result"))}};
  std::vector<Sample> samples;
  for (const auto& result : data.at("result")) {
    samples.push_back(WithLabels<Sample>(result.at("metric")));
    samples.back().value = ValueIn(result.at("value"));
  }
  return samples;
}

std::vector<SeriesHistory> QueryServer::QueryRange(const std::string& promql) const {
  const auto data = Ask(name_, port_, promql);
  if (data.at("resultType") != "matrix") throw std::runtime_error(name_ + ": no range: " + promql);
  std::vector<SeriesHistory> all;
  for (const auto& result : data.at("result")) {
    auto series = WithLabels<SeriesHistory>(result.at("metric"));
    for (const auto& pair : result.at("values")) series.points.push_back({pair.at(0).get<double>(), ValueIn(pair)});
    if (!series.points.empty()) all.push_back(std::move(series));
  }
  return all;
}

std::vector<Sample> QueryServer::Newest(const std::string& selector) const {
  const auto all = QueryRange(selector + "[1m]");
  double newest = 0;
  for (const SeriesHistory& series : all) newest = std::max(newest, series.points.back().time);
  std::vector<Sample> samples;
  for (const SeriesHistory& series : all) {
    // All samples of one scrape or export have its time.
    if (series.points.back().time < newest) continue;
    samples.push_back({series.name, series.labels, series.points.back().value});
  }
  return samples;
}

}  // namespace guildscope::testing
