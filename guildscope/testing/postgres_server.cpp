#include "guildscope/testing/postgres_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace guildscope::testing {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kStartLimit = 60s;
constexpr std::chrono::milliseconds kStopLimit = 30s;
constexpr int kStartAttempts = 5;
constexpr const char* kSuperuser = "postgres";

/// Debian keeps each major version in a folder of its own; the newest is taken.
fs::path FindPrograms() {
  int newest = 0;
  fs::path found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    const std::string name = entry.path().filename();
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    if (version <= newest || !fs::exists(entry.path() / "bin/postgres")) continue;
    newest = version;
    found = entry.path() / "bin";
  }
  if (found.empty()) throw std::runtime_error("no PostgreSQL server in /usr/lib/postgresql; install postgresql");
  return found;
}

/// Whom the server runs as when the caller is root; null when it runs as the caller.
const passwd* ServerUser() {
  if (geteuid() != 0) return nullptr;
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* user = getpwnam(name)) return user;
  }
  throw std::runtime_error("root may not run PostgreSQL, and there is no user postgres or nobody to run it as");
}

std::vector<std::string> AsServerUser(std::vector<std::string> command) {
  const passwd* user = ServerUser();
  if (user == nullptr) return command;
  // setpriv becomes the program (it does not wait for it), so its process id is the server's. A change of user clears
  // the signal that Process asked for, so it is asked for again.
  std::vector<std::string> all{"setpriv",
                               "--reuid=" + std::to_string(user->pw_uid),
                               "--regid=" + std::to_string(user->pw_gid),
                               "--clear-groups",
                               "--pdeathsig=KILL",
                               "--"};
  all.insert(all.end(), std::make_move_iterator(command.begin()), std::make_move_iterator(command.end()));
  return all;
}

fs::path MakeDirectory() {
  std::string pattern = fs::temp_directory_path() / "guildscope-postgres-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp");
  if (const passwd* user = ServerUser()) {
    if (chown(pattern.c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::system_error(errno, std::generic_category(), "chown " + pattern);
    }
  }
  return pattern;
}

/// PostgreSQL does not take port 0. What the kernel gives is free now; another process may still take it first.
std::uint16_t FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound = fd >= 0 && bind(fd, generic, size) == 0 && getsockname(fd, generic, &size) == 0;
  if (fd >= 0) close(fd);
  if (!bound) throw std::system_error(errno, std::generic_category(), "no free port on 127.0.0.1");
  return ntohs(address.sin_port);
}

std::string UrlEncode(const std::string& text) {
  std::ostringstream encoded;
  encoded << std::uppercase << std::hex << std::setfill('0');
  for (const unsigned char c : text) {
    if (std::isalnum(c) != 0) {
      encoded << c;
    } else {
      encoded << '%' << std::setw(2) << static_cast<int>(c);
    }
  }
  return encoded.str();
}

}  // namespace

PostgresServer::PostgresServer(PostgresOptions options)
    : options_(std::move(options)), programs_(FindPrograms()), directory_(MakeDirectory()) {
  try {
    InitializeData();
    for (int attempt = 1;; ++attempt) {
      port_ = FreePort();
      Configure();
      if (TryStart()) break;
      const bool port_taken = Log().find("Address already in use") != std::string::npos;
      if (!port_taken || attempt == kStartAttempts) throw std::runtime_error("PostgreSQL does not start: " + Log());
    }
  } catch (...) {
    server_.reset();
    fs::remove_all(directory_);
    throw;
  }
}

PostgresServer::~PostgresServer() {
  Stop();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

void PostgresServer::InitializeData() {
  const fs::path password_file = directory_ / "password";
  std::ofstream(password_file) << options_.password << '\n';
  Process initdb({.command = AsServerUser({programs_ / "initdb", "--pgdata=" + (directory_ / "data").string(),
                                           std::string("--username=") + kSuperuser, "--auth=scram-sha-256",
                                           "--pwfile=" + password_file.string(), "--encoding=UTF8", "--locale=C",
                                           "--wal-segsize=1", "--no-sync"}),
                  .working_directory = directory_});
  if (initdb.Wait(kStartLimit) != ProcessEnd{.exit_status = 0}) {
    throw std::runtime_error("initdb failed: " + initdb.Output() + initdb.Errors());
  }
}

void PostgresServer::Configure() {
  std::map<std::string, std::string> settings{{"listen_addresses", "127.0.0.1"},
                                              {"port", std::to_string(port_)},
                                              {"unix_socket_directories", directory_},
                                              {"fsync", "off"},
                                              {"shared_buffers", "4MB"},
                                              {"max_connections", "30"},
                                              {"lc_messages", "C"},
                                              {"log_line_prefix", ""}};
  for (const auto& [name, value] : options_.settings) settings[name] = value;
  // The rest of the file is initdb's. A setting that is there twice has the last value.
  std::ofstream file(directory_ / "data/postgresql.conf", std::ios::app);
  for (const auto& [name, value] : settings) file << name << " = '" << value << "'\n";
}

bool PostgresServer::TryStart() {
  server_ = std::make_unique<Process>(ProcessOptions{
      .command = AsServerUser({programs_ / "postgres", "-D", directory_ / "data"}), .working_directory = directory_});
  return server_->WaitForText("database system is ready to accept connections", kStartLimit);
}

void PostgresServer::Start() {
  if (!TryStart()) throw std::runtime_error("PostgreSQL does not start again: " + Log());
}

void PostgresServer::Stop() {
  if (!server_) return;
  server_->Signal(SIGINT);  // a "fast" shutdown: sessions are ended, data is written
  (void)server_->Wait(kStopLimit);
  server_.reset();
}

std::string PostgresServer::Url(const std::string& database) const {
  return UrlFor(kSuperuser, options_.password, database);
}

std::string PostgresServer::UrlFor(const std::string& user, const std::string& password,
                                   const std::string& database) const {
  return "postgresql://" + UrlEncode(user) + ":" + UrlEncode(password) + "@127.0.0.1:" + std::to_string(port_) + "/" +
         UrlEncode(database);
}

std::string PostgresServer::Log() const { return server_ ? server_->Errors() : std::string(); }

bool PostgresServer::WaitForLog(const std::string& text) { return server_ && server_->WaitForText(text, 30s); }

}  // namespace guildscope::testing
