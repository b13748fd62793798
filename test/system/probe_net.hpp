#pragma once

/// "serve NUMBER": answers each TCP connection with its pid and ends it, on the
/// sockets that it was given (LISTEN_FDS), or on that loopback port. Datagrams
/// it says on its output. "serve" tells what it has before it begins.
int serve(int argc, char** argv);

/// "load PORT": connects to that loopback port a hundred times a second,
/// without waiting for the last answer, until a SIGTERM. In the end it waits
/// for what is still to be answered, and says how many connections were
/// refused, answered, and reset.
int load(int argc, char** argv);
