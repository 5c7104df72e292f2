#include "tests/spool/ordered_collector.hpp"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.grpc.pb.h>
#include <opentelemetry/proto/collector/metrics/v1/metrics_service.grpc.pb.h>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <condition_variable>
#include <mutex>
#include <sstream>
#include <thread>

#include "guildscope/http/server.hpp"
#include "guildscope/testing/tcp_relay.hpp"

namespace guildscope {
namespace {

namespace collector = opentelemetry::proto::collector;
using testing::TcpRelay;

/// Others' spans and records (the library's own) are none of ours.
bool Parse(const std::string& text, Arrived& arrived) {
  std::istringstream stream(text);
  char slash = 0;
  return std::getline(stream, arrived.run, '/') && stream >> arrived.thread >> slash >> arrived.number && slash == '/';
}

}  // namespace

struct OrderedCollector::Impl {
  struct Logs final : collector::logs::v1::LogsService::Service {
    explicit Logs(Impl& i) : impl(i) {}
    grpc::Status Export(grpc::ServerContext*, const collector::logs::v1::ExportLogsServiceRequest* request,
                        collector::logs::v1::ExportLogsServiceResponse*) override {
      std::this_thread::sleep_for(impl.delay.load());
      impl.Add(*request);
      return grpc::Status::OK;
    }
    Impl& impl;
  };
  struct Metrics final : collector::metrics::v1::MetricsService::Service {
    explicit Metrics(Impl& i) : impl(i) {}
    grpc::Status Export(grpc::ServerContext*, const collector::metrics::v1::ExportMetricsServiceRequest* request,
                        collector::metrics::v1::ExportMetricsServiceResponse*) override {
      impl.Add(*request);
      return grpc::Status::OK;
    }
    Impl& impl;
  };

  Impl() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&log_service);
    builder.RegisterService(&metric_service);
    grpc_server = builder.BuildAndStart();
    http_server.Handle("POST", "/v1/traces", [this](const http::Request& request) {
      collector::trace::v1::ExportTraceServiceRequest message;
      if (!message.ParseFromString(request.body)) return http::ErrorResponse(400, "no OTLP request");
      std::this_thread::sleep_for(delay.load());
      Add(message);
      http::Response response;
      response.content_type = "application/x-protobuf";
      return response;
    });
    http_server.Start();
    grpc_relay = std::make_unique<TcpRelay>(static_cast<std::uint16_t>(port));
    http_relay = std::make_unique<TcpRelay>(http_server.port());
  }
  ~Impl() { grpc_server->Shutdown(std::chrono::system_clock::now()); }

  void Switch(TcpRelay::Mode mode) {
    grpc_relay->SetMode(mode);
    http_relay->SetMode(mode);
  }

  void Add(const collector::trace::v1::ExportTraceServiceRequest& request) {
    const std::lock_guard lock(mutex);
    for (const auto& resource : request.resource_spans()) {
      for (const auto& scope : resource.scope_spans()) {
        for (const auto& span : scope.spans()) {
          if (Arrived arrived; Parse(span.name(), arrived)) spans.push_back(arrived);
        }
      }
    }
    changed.notify_all();
  }

  void Add(const collector::logs::v1::ExportLogsServiceRequest& request) {
    const std::lock_guard lock(mutex);
    for (const auto& resource : request.resource_logs()) {
      for (const auto& scope : resource.scope_logs()) {
        for (const auto& record : scope.log_records()) {
          if (Arrived arrived; Parse(record.body().string_value(), arrived)) logs.push_back(arrived);
        }
      }
    }
    changed.notify_all();
  }

  void Add(const collector::metrics::v1::ExportMetricsServiceRequest& request) {
    const std::lock_guard lock(mutex);
    for (const auto& resource : request.resource_metrics()) {
      for (const auto& scope : resource.scope_metrics()) {
        for (const auto& metric : scope.metrics()) {
          for (const auto& point : metric.sum().data_points()) {
            sums[metric.name()] += point.as_double() + static_cast<double>(point.as_int());
          }
        }
      }
    }
    changed.notify_all();
  }

  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::vector<Arrived> spans;          // guarded by mutex
  std::vector<Arrived> logs;           // guarded by mutex
  std::map<std::string, double> sums;  // guarded by mutex
  std::atomic<std::chrono::milliseconds> delay{std::chrono::milliseconds(0)};
  Logs log_service{*this};
  Metrics metric_service{*this};
  std::unique_ptr<grpc::Server> grpc_server;
  http::Server http_server{{.max_body_bytes = 64 * 1024 * 1024}};
  std::unique_ptr<TcpRelay> grpc_relay;
  std::unique_ptr<TcpRelay> http_relay;
};

OrderedCollector::OrderedCollector() : impl_(std::make_unique<Impl>()) { GoAway(); }
OrderedCollector::~OrderedCollector() = default;

void OrderedCollector::ComeBack() { impl_->Switch(TcpRelay::Mode::kPass); }
void OrderedCollector::GoAway() {
  impl_->Switch(TcpRelay::Mode::kRefuse);
  // The relays change on a thread of theirs. A child that is forked while they do would hold their ports.
  boost::asio::io_context context;
  for (const TcpRelay* relay : {impl_->grpc_relay.get(), impl_->http_relay.get()}) {
    boost::system::error_code error;
    while (!error) {
      boost::asio::ip::tcp::socket socket(context);
      socket.connect({boost::asio::ip::address_v4::loopback(), relay->port()}, error);
    }
  }
}
void OrderedCollector::BeSlow(std::chrono::milliseconds delay) { impl_->delay.store(delay); }

std::string OrderedCollector::traces_endpoint() const {
  return "http://127.0.0.1:" + std::to_string(impl_->http_relay->port()) + "/v1/traces";
}
std::string OrderedCollector::grpc_endpoint() const {
  return "http://127.0.0.1:" + std::to_string(impl_->grpc_relay->port());
}

std::vector<Arrived> OrderedCollector::spans() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->spans;
}
std::vector<Arrived> OrderedCollector::logs() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->logs;
}
double OrderedCollector::sum(const std::string& metric) const {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->sums.find(metric);
  return found == impl_->sums.end() ? 0 : found->second;
}

bool OrderedCollector::WaitFor(const std::function<bool()>& condition, std::chrono::seconds limit) const {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    std::unique_lock lock(impl_->mutex);
    if (impl_->changed.wait_until(lock, deadline) == std::cv_status::timeout) {
      lock.unlock();  // the condition asks this object
      return condition();
    }
  }
  return true;
}

}  // namespace guildscope
