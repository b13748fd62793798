/// The child of the benchmarks: takes the time as the first thing it does,
/// writes it into a FIFO, and waits for a signal to end it.
/// Usage: bench_first FIFO TAG

#include "record.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char** argv) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (argc != 3)
    return 2;
  struct bench_record record = {now.tv_sec * 1000000000LL + now.tv_nsec,
                                getpid(), (uint32_t)atol(argv[2])};
  int fifo = open(argv[1], O_WRONLY | O_CLOEXEC);
  if (fifo < 0 || write(fifo, &record, sizeof record) != sizeof record)
    return 1;
  close(fifo);
  for (;;)
    pause();
}
