#include "guildscope/flight_recorder/crash_handler.hpp"

#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace guildscope::flight {
namespace {

constexpr std::array kSignals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t kStackBytes = 64 * 1024;

/// A handler is given a number and nothing of ours: what it needs must be found without an object.
std::atomic<format::Header*> g_header{nullptr};
std::atomic<bool> g_entered{false};
std::array<struct sigaction, kSignals.size()> g_before;  // written while g_header is null

const struct sigaction* Before(int signal) noexcept {
  const auto at = std::find(kSignals.begin(), kSignals.end(), signal);
  return at == kSignals.end() ? nullptr : &g_before[static_cast<std::size_t>(at - kSignals.begin())];
}

std::uint64_t ProgramCounter(const void* context) noexcept {
  const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uint64_t>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
  return machine.pc;
#else
  return (void)machine, 0;
#endif
}

void Describe(format::Crash& crash, int signal, const siginfo_t& info, const void* context) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  crash.unix_nano = static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
  crash.code = info.si_code;
  // Of a signal that somebody sent, the same bytes say who did.
  crash.address = info.si_code > 0 ? reinterpret_cast<std::uint64_t>(info.si_addr) : 0;
  crash.program_counter = ProgramCounter(context);
  crash.thread = static_cast<std::uint32_t>(syscall(SYS_gettid));
  std::atomic_ref(crash.signal).store(static_cast<std::uint32_t>(signal), std::memory_order_release);

  static_assert(sizeof(void*) == sizeof(crash.frames[0]));
  void* frames[format::kMaxFrames];
  const int count = backtrace(frames, static_cast<int>(format::kMaxFrames));
  if (count <= 0) return;
  std::memcpy(crash.frames, frames, static_cast<std::size_t>(count) * sizeof(void*));
  std::atomic_ref(crash.frame_count).store(static_cast<std::uint32_t>(count), std::memory_order_release);
}

void Handle(int signal, siginfo_t* info, void* context) noexcept {
  const int error = errno;
  format::Header* header = g_header.load(std::memory_order_acquire);
  if (header != nullptr && header->pid == static_cast<std::uint32_t>(getpid()) && !g_entered.exchange(true)) {
    Describe(header->crash, signal, *info, context);
  }
  if (const struct sigaction* before = Before(signal)) sigaction(signal, before, nullptr);
  // A fault comes again when its instruction does. What somebody sent does not.
  if (info->si_code <= 0) syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
  errno = error;
}

int AddModule(dl_phdr_info* info, std::size_t /*size*/, void* to) noexcept {
  auto& header = *static_cast<format::Header*>(to);
  if (header.module_count == format::kMaxModules) return 1;
  format::Module module{.begin = UINT64_MAX, .end = 0, .base = info->dlpi_addr, .name = {}};
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& part = info->dlpi_phdr[i];
    if (part.p_type != PT_LOAD) continue;
    module.begin = std::min<std::uint64_t>(module.begin, info->dlpi_addr + part.p_vaddr);
    module.end = std::max<std::uint64_t>(module.end, info->dlpi_addr + part.p_vaddr + part.p_memsz);
  }
  if (module.end == 0) return 0;
  std::string_view name = info->dlpi_name;
  char program[sizeof module.name] = {};
  if (name.empty()) {
    const auto length = readlink("/proc/self/exe", program, sizeof program - 1);
    name = {program, length > 0 ? static_cast<std::size_t>(length) : 0};
  }
  // The end of a long path says more than its beginning.
  if (name.size() >= sizeof module.name) name = name.substr(name.size() - sizeof module.name + 1);
  name.copy(module.name, name.size());
  header.modules[header.module_count++] = module;
  return 0;
}

class SignalStack {
 public:
  SignalStack() noexcept {
    stack_t there{};
    if (sigaltstack(nullptr, &there) != 0 || (there.ss_flags & SS_DISABLE) == 0) return;
    void* memory = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    const stack_t ours{.ss_sp = memory, .ss_flags = 0, .ss_size = kStackBytes};
    if (sigaltstack(&ours, nullptr) == 0) {
      memory_ = memory;
    } else {
      munmap(memory, kStackBytes);
    }
  }
  ~SignalStack() {
    if (memory_ == nullptr) return;
    stack_t there{};
    // Somebody else's by now may lie inside of ours: nothing is known then.
    if (sigaltstack(nullptr, &there) != 0 || there.ss_sp != memory_) return;
    const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
    if (sigaltstack(&none, nullptr) == 0) munmap(memory_, kStackBytes);
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  void* memory_ = nullptr;
};

}  // namespace

void CrashHandler::GiveThreadAStack() noexcept { static thread_local const SignalStack stack; }

CrashHandler::CrashHandler(format::Header& header) noexcept {
  if (g_header.load() != nullptr) return;
  void* frames[2];
  (void)backtrace(frames, 2);
  dl_iterate_phdr(AddModule, &header);
  GiveThreadAStack();
  g_entered.store(false);
  struct sigaction action{};
  action.sa_sigaction = Handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], nullptr, &g_before[i]);
  g_header.store(&header, std::memory_order_release);
  for (const int signal : kSignals) sigaction(signal, &action, nullptr);
  installed_ = true;
}

CrashHandler::~CrashHandler() {
  if (!installed_) return;
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction now{};
    if (sigaction(kSignals[i], nullptr, &now) == 0 && (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == Handle) {
      sigaction(kSignals[i], &g_before[i], nullptr);
    }
  }
  g_header.store(nullptr, std::memory_order_release);
}

}  // namespace guildscope::flight
