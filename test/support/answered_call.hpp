#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

namespace hiisi::test {

/// A system call that is not done and answered instead: with an errno, or with
/// 0 as if it had been done.
struct answered_call {
  int number = -1;
  int error = 0;
};

/// From here on the calling process and its children have that call answered
/// so; nothing for no number. Needs root. False, with errno, if it cannot.
inline bool answer_call(answered_call what) {
  if (what.number < 0)
    return true;
  sock_filter program[]{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<uint32_t>(what.number)},
      {BPF_RET | BPF_K, 0, 0,
       SECCOMP_RET_ERRNO | static_cast<uint32_t>(what.error)},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
  const sock_fprog filter{sizeof program / sizeof *program, program};
  return ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

} // namespace hiisi::test
