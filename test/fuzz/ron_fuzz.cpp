#include "actors/core/ron/reader.hpp"
#include "actors/core/ron/writer.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

using namespace hiisi::core::ron;

namespace {

/// What has been read must be written such that it is read as the same.
void check(const value& content, const write_options& options) {
  auto text = write(content, options);
  auto again = read(text);
  if (again && *again == content)
    return;
  std::fprintf(stderr, "written: %s\n%s\n", text.c_str(),
               again ? "was read as something else"
                     : again.failure().message.c_str());
  std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto result = read({reinterpret_cast<const char*>(data), size});
  if (result) {
    check(*result, {});
    check(*result, {.compact = true});
  }
  return 0;
}
