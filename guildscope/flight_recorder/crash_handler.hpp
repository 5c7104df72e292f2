#pragma once

#include "guildscope/flight_recorder/format.hpp"

namespace guildscope::flight {

/// Writes into a recording's header which signal ended the process, where, and by which calls it came there; then the
/// handlers that were there before it have their turn, or the default: the process ends, and leaves its core, as it
/// would have without.
///
/// The handler does nothing but what may be done in one: plain stores, clock_gettime, sigaction, and glibc's backtrace,
/// which was called once before so that it has loaded what it needs. The libraries are listed beforehand; those that
/// are loaded later are told as addresses.
///
/// Threads: construction and destruction from one at a time. One in a process; a second does nothing. Lifetime: the
/// header must outlive it.
class CrashHandler {
 public:
  explicit CrashHandler(format::Header& header) noexcept;
  /// Gives each signal back where it is still ours.
  ~CrashHandler();
  CrashHandler(const CrashHandler&) = delete;
  CrashHandler& operator=(const CrashHandler&) = delete;

  /// Gives the thread a stack for signals, unless it has one: without it the end of the stack, a recursion without end,
  /// cannot be told. Cost: two system calls, the first time on each thread.
  static void GiveThreadAStack() noexcept;

 private:
  bool installed_ = false;
};

}  // namespace guildscope::flight
