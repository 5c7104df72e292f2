#include "apps/disruptor/database/postgres_connection.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <utility>
#include <vector>

namespace disruptor {
namespace {

using guildscope::database::ErrorType;
using std::chrono::steady_clock;

/// Object ids of types (pg_type.dat), fixed since there are any.
enum TypeId : Oid {
  kBool = 16,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kOid = 26,
  kFloat4 = 700,
  kFloat8 = 701,
  kNumeric = 1700,
};

/// libpq ends its messages with a line break, and says some in several lines, of which the later ones are indented.
std::string OneLine(std::string_view message) {
  std::string line(message.substr(0, message.find_last_not_of(" \n") + 1));
  std::erase(line, '\t');
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

/// libpq quotes neither the URL nor the password, but it passes on what the server says.
std::string Without(std::string text, const std::string& secret) {
  if (secret.empty()) return text;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), "***");
  }
  return text;
}

/// Null-terminated parameters as libpq takes them. Numbers are written so that they are read back the same.
class TextParameters {
 public:
  explicit TextParameters(std::span<const Value> values) {
    texts_.reserve(values.size());
    for (const Value& value : values) texts_.push_back(ToText(value));
    for (const auto& text : texts_) pointers_.push_back(text ? text->c_str() : nullptr);
  }
  [[nodiscard]] int size() const noexcept { return static_cast<int>(pointers_.size()); }
  [[nodiscard]] const char* const* data() const noexcept { return pointers_.data(); }

 private:
  static std::optional<std::string> ToText(const Value& value) {
    if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
    if (const auto* number = std::get_if<double>(&value)) {
      std::array<char, 32> digits{};
      const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *number).ptr;
      return std::string(digits.data(), end);
    }
    const auto& text = std::get<std::string>(value);
    if (text.find('\0') != std::string::npos) {
      throw DatabaseError(ErrorType::kOther, "PostgreSQL holds no text with a zero byte in it");
    }
    return text;
  }

  std::vector<std::optional<std::string>> texts_;
  std::vector<const char*> pointers_;
};

template <typename Number>
std::optional<Number> Parse(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

Value ToValue(std::string_view text, Oid type) {
  switch (type) {
    case kBool:
      return std::int64_t{text == "t"};
    case kInt2:
    case kInt4:
    case kInt8:
    case kOid:
    case kNumeric:  // what sum() of a BIGINT is
      if (const auto number = Parse<std::int64_t>(text)) return *number;
      [[fallthrough]];
    case kFloat4:
    case kFloat8:
      if (const auto number = Parse<double>(text)) return *number;
      return std::string(text);
    default:
      return std::string(text);
  }
}

/// True when the socket became ready in time.
bool WaitFor(int socket, short events, steady_clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
    pollfd entry{.fd = socket, .events = events, .revents = 0};
    const int ready = poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

void IgnoreNotice(void*, const PGresult*) {}

}  // namespace

PostgresConnection::PostgresConnection(const DatabaseUrl& url, std::chrono::milliseconds connect_timeout,
                                       std::chrono::milliseconds statement_timeout) {
  const std::string options = "-c statement_timeout=" + std::to_string(statement_timeout.count());
  // What stands before the URL is a default that the URL replaces.
  const std::array<const char*, 4> keywords{"application_name", "options", "dbname", nullptr};
  const std::array<const char*, 4> values{"disruptor", options.c_str(), url.target.c_str(), nullptr};
  connection_.reset(PQconnectStartParams(keywords.data(), values.data(), 1));
  Connect(url, steady_clock::now() + connect_timeout);
  // The default prints notices ("relation exists, skipping") to stderr.
  PQsetNoticeReceiver(connection_.get(), IgnoreNotice, nullptr);
}

void PostgresConnection::Connect(const DatabaseUrl& url, Deadline deadline) {
  const auto fail = [&](ErrorType type, const std::string& reason) {
    throw DatabaseError(type, "cannot connect to the database " + url.display + ": " + Without(reason, url.password));
  };
  PGconn* connection = connection_.get();
  if (connection == nullptr) fail(ErrorType::kOther, "out of memory");
  // The first thing to wait for is that the socket can be written, as libpq documents.
  auto state = PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
  while (state != PGRES_POLLING_OK) {
    if (state == PGRES_POLLING_FAILED) {
      const std::string reason = OneLine(PQerrorMessage(connection));
      fail(guildscope::database::FromConnectMessage(reason), reason);
    }
    const short events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (!WaitFor(PQsocket(connection), events, deadline))
      fail(ErrorType::kTimeout, "the server did not answer in time");
    state = PQconnectPoll(connection);
  }
}

Result PostgresConnection::Run(std::string_view sql, std::span<const Value> parameters) {
  const TextParameters texts(parameters);
  const PgResult result(PQexecParams(connection_.get(), std::string(sql).c_str(), texts.size(), nullptr, texts.data(),
                                     nullptr, nullptr, 0));
  Check(result.get());
  std::vector<std::string> columns;
  const int width = PQnfields(result.get());
  for (int column = 0; column < width; ++column) columns.emplace_back(PQfname(result.get(), column));
  std::vector<std::vector<Value>> rows(static_cast<std::size_t>(PQntuples(result.get())));
  for (int row = 0; row < PQntuples(result.get()); ++row) {
    for (int column = 0; column < width; ++column) {
      const std::string_view text(PQgetvalue(result.get(), row, column),
                                  static_cast<std::size_t>(PQgetlength(result.get(), row, column)));
      const bool is_null = PQgetisnull(result.get(), row, column) != 0;
      rows[static_cast<std::size_t>(row)].push_back(is_null ? Value{} : ToValue(text, PQftype(result.get(), column)));
    }
  }
  // PQcmdTuples also counts the rows of a SELECT.
  const bool reads = PQresultStatus(result.get()) == PGRES_TUPLES_OK &&
                     std::string_view(PQcmdStatus(const_cast<PGresult*>(result.get()))).starts_with("SELECT");
  const auto affected = Parse<std::int64_t>(PQcmdTuples(const_cast<PGresult*>(result.get())));
  return {std::move(columns), std::move(rows), reads ? 0 : affected.value_or(0)};
}

void PostgresConnection::Script(std::string_view sql) {
  const PgResult result(PQexec(connection_.get(), std::string(sql).c_str()));
  Check(result.get());
}

/// The primary message only: DETAIL and CONTEXT quote what the user wrote.
void PostgresConnection::Check(const PGresult* result) const {
  const auto status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
  const char* sqlstate = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (PQstatus(connection_.get()) == CONNECTION_BAD && sqlstate == nullptr) {
    throw DatabaseError(ErrorType::kConnection, "the connection broke: " + OneLine(PQerrorMessage(connection_.get())));
  }
  if (status == PGRES_EMPTY_QUERY) throw DatabaseError(ErrorType::kSyntax, "there is no statement in the text");
  if (sqlstate == nullptr || message == nullptr) {
    throw DatabaseError(ErrorType::kOther, OneLine(PQerrorMessage(connection_.get())));
  }
  throw DatabaseError(guildscope::database::FromSqlstate(sqlstate),
                      std::string(message) + " (SQLSTATE " + sqlstate + ")");
}

/// An idle connection has nothing to read unless the server has said something: a notice, or goodbye and then the end.
bool PostgresConnection::Alive() noexcept {
  PGconn* connection = connection_.get();
  pollfd entry{.fd = PQsocket(connection), .events = POLLIN, .revents = 0};
  while (PQstatus(connection) == CONNECTION_OK && poll(&entry, 1, 0) > 0) {
    if (PQconsumeInput(connection) != 1) return false;
  }
  return PQstatus(connection) == CONNECTION_OK;
}

bool PostgresConnection::InTransaction() noexcept { return PQtransactionStatus(connection_.get()) != PQTRANS_IDLE; }

bool PostgresConnection::Ping(std::chrono::milliseconds limit) noexcept {
  return Alive() && AnswersBefore(steady_clock::now() + limit);
}

bool PostgresConnection::AnswersBefore(Deadline deadline) {
  PGconn* connection = connection_.get();
  if (PQsendQuery(connection, "SELECT 1") != 1) return false;
  bool answered = false;
  while (true) {
    while (PQisBusy(connection) != 0) {
      if (!WaitFor(PQsocket(connection), POLLIN, deadline) || PQconsumeInput(connection) != 1) return false;
    }
    const PgResult result(PQgetResult(connection));
    if (!result) return answered;
    answered = PQresultStatus(result.get()) == PGRES_TUPLES_OK;
  }
}

}  // namespace disruptor
