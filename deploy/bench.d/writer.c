/// Writes so many bytes to standard output in writes of 1 MiB, with a record
/// in the FIFO before the first and after the last.
/// Usage: bench_writer FIFO TAG BYTES

#include "record.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { chunk = 1024 * 1024 };

static char data[chunk];

static int report(int fifo, uint32_t tag) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  struct bench_record record
      = {now.tv_sec * 1000000000LL + now.tv_nsec, getpid(), tag};
  return write(fifo, &record, sizeof record) == sizeof record;
}

int main(int argc, char** argv) {
  if (argc != 4)
    return 2;
  uint32_t tag = (uint32_t)atol(argv[2]);
  long long left = atoll(argv[3]);
  int fifo = open(argv[1], O_WRONLY | O_CLOEXEC);
  memset(data, 'x', sizeof data);
  for (size_t i = 79; i < sizeof data; i += 80)
    data[i] = '\n';
  if (fifo < 0 || !report(fifo, tag))
    return 1;
  while (left > 0) {
    ssize_t n = write(1, data, left < chunk ? (size_t)left : chunk);
    if (n <= 0)
      return 1;
    left -= n;
  }
  return report(fifo, tag) ? 0 : 1;
}
