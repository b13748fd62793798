/* What the system tests and the library that they have a program preload share:
 * a page of memory, by a file named in HIISI_FAILING_CALLS. */
#pragma once

#include <stdint.h>

enum { failing_word_bytes = 32 };

struct failing_calls {
  /* Which program, by its name, and which call of its. */
  char program[failing_word_bytes];
  char call[failing_word_bytes];
  int32_t error;
  /* The call that fails is the one that makes this 0, once. */
  int32_t calls_left;
  /* 1 while calls are counted. */
  int32_t armed;
  /* 1 once it has failed. */
  int32_t failed;
};
