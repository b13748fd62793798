/// The floor that Hiisi is measured against: the least that any supervisor has
/// to do. It forks, execs, watches pidfds by epoll, waits, and answers over a
/// Unix socket. No configuration, no state, no checks, no other users.
///
/// Usage: bench_floor SOCKET          serve until the last client has gone
///        bench_floor ask SOCKET      ask for the status once, print the answer
///
/// A request is a line, and so is an answer; answers to stops come in the
/// order in which the children end.
///   start RESTART OUT PROGRAM ARG...   -> started ID    (RESTART is 0 or 1;
///                                         OUT is a file, - for /dev/null)
///   stop ID                            -> stopped ID    (once it is reaped)
///   status                             -> a line "ID PID" each, then "end"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { max_children = 8192, max_args = 8, buffer_size = 65536 };

struct child {
  pid_t pid;
  int pidfd;
  int restart;
  int stopping;
  int client;
  char* line;
  char* out;
  char* argv[max_args + 1];
};

static struct child children[max_children];
static int count;
static int epoll;
static int clients;
static char answer[max_children * 24];

static void die(const char* what) {
  perror(what);
  exit(1);
}

static void watch(int fd, uint64_t data) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = data};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    die("epoll_ctl");
}

static void say(int fd, const char* text, size_t size) {
  while (size > 0) {
    ssize_t n = write(fd, text, size);
    if (n <= 0)
      return;
    text += n;
    size -= (size_t)n;
  }
}

static void spawn(int id) {
  struct child* c = &children[id];
  c->pid = fork();
  if (c->pid < 0)
    die("fork");
  if (c->pid == 0) {
    int out = open(c->out, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (out < 0)
      _exit(126);
    dup2(out, 1);
    dup2(out, 2);
    close_range(3, ~0U, 0);
    execv(c->argv[0], c->argv);
    _exit(127);
  }
  c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
  if (c->pidfd < 0)
    die("pidfd_open");
  watch(c->pidfd, (uint64_t)id);
}

static void ended(int id) {
  struct child* c = &children[id];
  siginfo_t info;
  if (waitid(P_PIDFD, (id_t)c->pidfd, &info, WEXITED) != 0)
    die("waitid");
  close(c->pidfd);
  c->pid = 0;
  if (c->stopping) {
    char text[32];
    say(c->client, text, (size_t)sprintf(text, "stopped %d\n", id));
  } else if (c->restart) {
    spawn(id);
  }
}

static void status(int client) {
  char* end = answer;
  for (int i = 0; i < count; ++i)
    if (children[i].pid != 0)
      end += sprintf(end, "%d %d\n", i, children[i].pid);
  end += sprintf(end, "end\n");
  say(client, answer, (size_t)(end - answer));
}

static void start(int client, char* line) {
  if (count == max_children)
    exit(1);
  struct child* c = &children[count];
  c->line = strdup(line);
  c->restart = atoi(strtok(c->line, " "));
  c->out = strtok(NULL, " ");
  if (strcmp(c->out, "-") == 0)
    c->out = "/dev/null";
  for (int i = 0; i < max_args; ++i)
    c->argv[i] = strtok(NULL, " ");
  spawn(count);
  char text[32];
  say(client, text, (size_t)sprintf(text, "started %d\n", count));
  ++count;
}

static void request(int client, char* line) {
  if (strncmp(line, "start ", 6) == 0) {
    start(client, line + 6);
  } else if (strncmp(line, "stop ", 5) == 0) {
    struct child* c = &children[atoi(line + 5)];
    c->stopping = 1;
    c->client = client;
    syscall(SYS_pidfd_send_signal, c->pidfd, SIGINT, NULL, 0);
  } else {
    status(client);
  }
}

/// Reads what has come and works on each whole line. The buffer is one for
/// all clients: only one of them ever sends lines in pieces.
static int serve(int client) {
  static char buffer[buffer_size];
  static size_t used;
  ssize_t n = read(client, buffer + used, sizeof buffer - used - 1);
  if (n <= 0)
    return 0;
  used += (size_t)n;
  char* begin = buffer;
  char* end;
  while ((end = memchr(begin, '\n', used)) != NULL) {
    *end = '\0';
    used -= (size_t)(end + 1 - begin);
    request(client, begin);
    begin = end + 1;
  }
  memmove(buffer, begin, used);
  return 1;
}

static int ask(struct sockaddr_un* address) {
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, (struct sockaddr*)address, sizeof *address) != 0)
    die("connect");
  say(fd, "status\n", 7);
  size_t used = 0;
  ssize_t n;
  while ((n = read(fd, answer + used, sizeof answer - used)) > 0) {
    used += (size_t)n;
    if (used >= 4 && memcmp(answer + used - 4, "end\n", 4) == 0)
      break;
  }
  say(1, answer, used);
  return 0;
}

int main(int argc, char** argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (argc < 2 || strlen(argv[argc - 1]) >= sizeof address.sun_path)
    return 2;
  strcpy(address.sun_path, argv[argc - 1]);
  if (argc == 3)
    return ask(&address);

  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  signal(SIGPIPE, SIG_IGN);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0
      || listen(listener, 16) != 0)
    die("socket");
  epoll = epoll_create1(EPOLL_CLOEXEC);
  uint64_t client_bit = 1ULL << 32, listener_bit = 1ULL << 33;
  watch(listener, listener_bit);

  for (;;) {
    struct epoll_event events[64];
    int n = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < n; ++i) {
      uint64_t what = events[i].data.u64;
      if (what & listener_bit) {
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        watch(client, client_bit | (uint64_t)client);
        ++clients;
      } else if (what & client_bit) {
        int client = (int)(what & 0xffffffff);
        if (serve(client))
          continue;
        close(client);
        if (--clients > 0)
          continue;
        for (int c = 0; c < count; ++c)
          if (children[c].pid != 0)
            syscall(SYS_pidfd_send_signal, children[c].pidfd, SIGKILL, NULL, 0);
        return 0;
      } else {
        ended((int)what);
      }
    }
  }
}
