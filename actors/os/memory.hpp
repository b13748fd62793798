#pragma once

namespace hiisi::os {

/// Gives memory that is free within the C library's heaps back to the system.
/// It keeps what was freed in between pieces that are in use, which after a
/// flood is most of it. Takes milliseconds for each hundred MiB.
void give_back_free_memory() noexcept;

} // namespace hiisi::os
