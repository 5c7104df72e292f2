#include "guildscope/instrumentation/database/statement_recorder.hpp"

#include <map>
#include <mutex>
#include <tuple>
#include <utility>

#include "guildscope/instrumentation/database/plan_cache.hpp"
#include "guildscope/instrumentation/database/sanitize.hpp"
#include "guildscope/instrumentation/database/statement.hpp"
#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::database {
namespace {

namespace catalogue = metrics::catalogue;

constexpr std::string_view kConnect = "CONNECT";
/// A process has one database or two. Past this many the spans do not say which one it was, and the rest goes on.
constexpr std::size_t kMaxServers = 32;

tracing::SpanOptions MakeOptions(const Statement& statement, std::string query, const Server& server) {
  tracing::SpanOptions options;
  options.kind = tracing::SpanKind::kClient;
  auto& attributes = options.attributes;
  attributes.emplace_back("db.system.name", SystemName(server.dialect));
  attributes.emplace_back("db.operation.name", statement.operation);
  if (!statement.table.empty()) attributes.emplace_back("db.collection.name", statement.table);
  if (!statement.summary.empty()) attributes.emplace_back("db.query.summary", statement.summary);
  if (!query.empty()) attributes.emplace_back("db.query.text", std::move(query));
  if (!server.database.empty()) attributes.emplace_back("db.namespace", server.database);
  if (!server.address.empty()) attributes.emplace_back("server.address", server.address);
  if (server.port != 0) attributes.emplace_back("server.port", server.port);
  return options;
}

}  // namespace

struct Plan {
  std::string_view system;
  std::string_view operation;
  std::string table;
  std::string span_name;
  tracing::SpanOptions options;
  metrics::Histogram duration;
  metrics::Counter successes;
  metrics::Histogram client_duration;  // of successes
};

struct StatementRecorder::Impl {
  Impl(metrics::Registry& registry, tracing::Tracer& t, const Clock& c)
      : tracer(t),
        clock(c),
        duration(registry.Get(catalogue::kDatabaseQueryDuration)),
        queries(registry.Get(catalogue::kDatabaseQueries)),
        errors(registry.Get(catalogue::kDatabaseErrors)),
        client_duration(registry.Get(catalogue::kDbClientOperationDuration)) {}

  std::shared_ptr<const Plan> MakePlan(const Statement& statement, std::string query, const Server& server) const {
    auto plan = std::make_shared<Plan>();
    plan->system = SystemName(server.dialect);
    plan->operation = statement.operation;
    plan->table = statement.table;
    plan->span_name = statement.operation;
    if (!statement.table.empty()) plan->span_name += ' ' + statement.table;
    plan->options = MakeOptions(statement, std::move(query), server);
    plan->duration = duration.Bind({plan->operation, plan->table});
    plan->successes = queries.Bind({plan->operation, plan->table, "success"});
    plan->client_duration = client_duration.Bind({plan->system, plan->operation, plan->table, ""});
    return plan;
  }

  struct Known {
    PlanCache<Plan>* plans;
    Server server;  // what its spans say
  };

  Known CacheFor(const Server& server) {
    const std::lock_guard lock(mutex);
    const auto key = [](const Server& s) { return std::tuple(s.dialect, s.database, s.address, s.port); };
    if (const auto found = caches.find(key(server)); found != caches.end()) return {&found->second, server};
    const Server shown = caches.size() < kMaxServers ? server : Server{.dialect = server.dialect};
    return {&caches[key(shown)], shown};
  }

  tracing::Tracer& tracer;
  const Clock& clock;
  const metrics::HistogramFamily<2> duration;
  const metrics::CounterFamily<3> queries;
  const metrics::CounterFamily<3> errors;
  const metrics::HistogramFamily<4> client_duration;

  std::mutex mutex;
  std::map<std::tuple<Dialect, std::string, std::string, int>, PlanCache<Plan>> caches;  // the map: guarded by mutex
};

StatementRecorder::StatementRecorder(metrics::Registry& registry, tracing::Tracer& tracer, const Clock& clock)
    : impl_(std::make_unique<Impl>(registry, tracer, clock)) {}

StatementRecorder::~StatementRecorder() = default;

std::shared_ptr<const Plan> StatementRecorder::PlanFor(std::string_view sql, const Server& server) {
  const auto [plans, shown] = impl_->CacheFor(server);
  if (auto known = plans->Find(sql)) return known;
  auto plan = impl_->MakePlan(ParseStatement(sql, server.dialect), Sanitize(sql, server.dialect), shown);
  plans->Add(sql, plan);
  return plan;
}

std::shared_ptr<const Plan> StatementRecorder::PlanForConnect(const Server& server) {
  const Server shown = impl_->CacheFor(server).server;
  return impl_->MakePlan({.operation = kConnect, .table = "", .summary = ""}, "", shown);
}

Execution StatementRecorder::Start(std::shared_ptr<const Plan> plan) const { return StartedAt(Now(), std::move(plan)); }

Execution StatementRecorder::StartedAt(std::chrono::steady_clock::time_point start,
                                       std::shared_ptr<const Plan> plan) const {
  tracing::Span span = impl_->tracer.Start(plan->span_name, plan->options);
  return {std::move(plan), std::move(span), start};
}

std::chrono::steady_clock::time_point StatementRecorder::Now() const noexcept { return impl_->clock.SteadyNow(); }

void StatementRecorder::Succeed(Execution& execution) const {
  const Plan& plan = *execution.plan;
  const std::chrono::duration<double> duration = impl_->clock.SteadyNow() - execution.start;
  execution.span.End();
  const metrics::SpanScope of_the_statement(execution.span.span_context());
  plan.duration.Record(duration);
  plan.client_duration.Record(duration);
  plan.successes.Add();
}

void StatementRecorder::Fail(Execution& execution, const Failure& failure) const {
  const Plan& plan = *execution.plan;
  const std::chrono::duration<double> duration = impl_->clock.SteadyNow() - execution.start;
  const std::string_view type = ToString(failure.type);
  if (!failure.code.empty()) execution.span.SetAttribute({"db.response.status_code", failure.code});
  execution.span.SetError(type, failure.description);
  execution.span.End();
  const metrics::SpanScope of_the_statement(execution.span.span_context());
  plan.duration.Record(duration);
  impl_->client_duration.Record(duration.count(), {plan.system, plan.operation, plan.table, type});
  impl_->queries.Add(1, {plan.operation, plan.table, "error"});
  impl_->errors.Add(1, {plan.operation, plan.table, type});
}

}  // namespace guildscope::database
