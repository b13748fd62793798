#pragma once

namespace hiisi::logger {

/// Takes a program's output over by the socket `channel` and copies it to the
/// logs on descriptors 1 and 2, each line stamped where `timestamps` says so,
/// until nobody can write any more. A log that cannot be written to costs what
/// comes meanwhile, and is told in it once it can.
void copy_output(int channel, bool timestamps);

} // namespace hiisi::logger
