// What the instrumentation costs a statement: a point query on a prepared statement, and the rows of a scan.
#include <benchmark/benchmark.h>
#include <dlfcn.h>
#include <sqlite3.h>

#include <cstdlib>
#include <memory>

#include "guildscope/instrumentation/sqlite/instrumentation.hpp"

namespace guildscope::sqlite {
namespace {

constexpr int kRows = 1'000;

class Songs {
 public:
  explicit Songs(const char* sql) {
    if (sqlite3_open(":memory:", &database_) != SQLITE_OK) std::abort();
    sqlite3_exec(database_, "CREATE TABLE songs (id INTEGER PRIMARY KEY, title TEXT)", nullptr, nullptr, nullptr);
    sqlite3_exec(database_, "BEGIN", nullptr, nullptr, nullptr);
    for (int i = 0; i < kRows; ++i) {
      sqlite3_exec(database_, "INSERT INTO songs (title) VALUES ('a title')", nullptr, nullptr, nullptr);
    }
    sqlite3_exec(database_, "COMMIT", nullptr, nullptr, nullptr);
    if (sqlite3_prepare_v2(database_, sql, -1, &statement_, nullptr) != SQLITE_OK) std::abort();
  }
  ~Songs() {
    sqlite3_finalize(statement_);
    sqlite3_close(database_);
  }
  Songs(const Songs&) = delete;
  Songs& operator=(const Songs&) = delete;

  template <typename Step, typename Reset>
  void Run(Step step, Reset reset) {
    while (step(statement_) == SQLITE_ROW) benchmark::DoNotOptimize(sqlite3_column_int64(statement_, 0));
    reset(statement_);
  }
  [[nodiscard]] sqlite3* database() const noexcept { return database_; }

 private:
  sqlite3* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

constexpr const char* kPoint = "SELECT id, title FROM songs WHERE id = 500";
constexpr const char* kScan = "SELECT id FROM songs";

/// libsqlite3's own functions, past everything.
void Floor(benchmark::State& state, const char* sql) {
  const auto step = reinterpret_cast<decltype(&sqlite3_step)>(dlsym(RTLD_NEXT, "sqlite3_step"));
  const auto reset = reinterpret_cast<decltype(&sqlite3_reset)>(dlsym(RTLD_NEXT, "sqlite3_reset"));
  Songs songs(sql);
  for (auto _ : state) songs.Run(step, reset);
}

/// Linked, and nobody listens.
void Off(benchmark::State& state, const char* sql) {
  Songs songs(sql);
  for (auto _ : state) songs.Run(&sqlite3_step, &sqlite3_reset);
}

/// Metrics, and spans that no tracer provider takes: without what a span itself costs.
void On(benchmark::State& state, const char* sql) {
  metrics::Registry registry;
  tracing::Tracer tracer;
  const Instrumentation instrumentation(registry, tracer);
  Songs songs(sql);
  for (auto _ : state) songs.Run(&sqlite3_step, &sqlite3_reset);
}

/// SQLite's own road, with callbacks that do nothing.
void Trace(benchmark::State& state, const char* sql) {
  Songs songs(sql);
  sqlite3_trace_v2(
      songs.database(), SQLITE_TRACE_STMT | SQLITE_TRACE_PROFILE, [](unsigned, void*, void*, void*) { return 0; },
      nullptr);
  for (auto _ : state) songs.Run(&sqlite3_step, &sqlite3_reset);
}

BENCHMARK_CAPTURE(Floor, point, kPoint)->Name("BM_SqlitePoint/floor");
BENCHMARK_CAPTURE(Off, point, kPoint)->Name("BM_SqlitePoint/guildscope_off");
BENCHMARK_CAPTURE(On, point, kPoint)->Name("BM_SqlitePoint/guildscope");
BENCHMARK_CAPTURE(Trace, point, kPoint)->Name("BM_SqlitePoint/sqlite3_trace_v2");
BENCHMARK_CAPTURE(Floor, scan, kScan)->Name("BM_SqliteScan1000/floor");
BENCHMARK_CAPTURE(Off, scan, kScan)->Name("BM_SqliteScan1000/guildscope_off");
BENCHMARK_CAPTURE(On, scan, kScan)->Name("BM_SqliteScan1000/guildscope");
BENCHMARK_CAPTURE(Trace, scan, kScan)->Name("BM_SqliteScan1000/sqlite3_trace_v2");

}  // namespace
}  // namespace guildscope::sqlite
