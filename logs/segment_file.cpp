#include "logs/segment_file.hpp"

#include <zstd.h>

#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace hiisi::logs {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;

/// zstd's own default: on logs it is some ten times smaller at the speed of a
/// disk, and higher levels gain little.
constexpr int level = 3;

struct free_reader {
  void operator()(ZSTD_DCtx* what) const { ZSTD_freeDCtx(what); }
};
struct free_writer {
  void operator()(ZSTD_CCtx* what) const { ZSTD_freeCCtx(what); }
};

} // namespace

// -- reading ------------------------------------------------------------------

struct segment_reader::state {
  descriptor file;
  std::string path;
  std::unique_ptr<ZSTD_DCtx, free_reader> zstd{ZSTD_createDCtx()};
  std::vector<char> packed = std::vector<char>(ZSTD_DStreamInSize());
  std::vector<char> plain = std::vector<char>(ZSTD_DStreamOutSize());
  ZSTD_inBuffer input{packed.data(), 0, 0};
  /// What zstd said last: 0 at the end of a frame.
  size_t missing = 0;
};

segment_reader::segment_reader(std::unique_ptr<state> made)
    : state_(std::move(made)) {}
segment_reader::segment_reader(segment_reader&&) noexcept = default;
segment_reader& segment_reader::operator=(segment_reader&&) noexcept = default;
segment_reader::~segment_reader() = default;

result<segment_reader> segment_reader::open(const directory& where,
                                            const std::string& name) {
  auto made = std::make_unique<state>();
  made->path = where.path() + "/" + name;
  made->file = descriptor{
      ::openat(where.fd(), name.c_str(),
               O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)};
  struct stat is {};
  if (!made->file || ::fstat(made->file.get(), &is) != 0)
    return failed("open", made->path, errno);
  if (!S_ISREG(is.st_mode) || !made->zstd)
    return failed("open", made->path, made->zstd ? EINVAL : ENOMEM);
  return segment_reader{std::move(made)};
}

result<std::string_view> segment_reader::read() {
  auto& s = *state_;
  while (true) {
    if (s.input.pos == s.input.size) {
      const auto got = ::read(s.file.get(), s.packed.data(), s.packed.size());
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        return failed("read", s.path, errno);
      if (got == 0 && s.missing == 0)
        return std::string_view{};
      if (got == 0)
        return make_error(errc::storage_failed,
                          s.path
                              + " ends too early, so its last lines are "
                                "missing");
      s.input = {s.packed.data(), static_cast<size_t>(got), 0};
    }
    ZSTD_outBuffer output{s.plain.data(), s.plain.size(), 0};
    s.missing = ZSTD_decompressStream(s.zstd.get(), &output, &s.input);
    if (ZSTD_isError(s.missing))
      return make_error(errc::storage_failed,
                        s.path
                            + " is damaged: " + ZSTD_getErrorName(s.missing));
    if (output.pos > 0)
      return std::string_view{s.plain.data(), output.pos};
  }
}

// -- writing ------------------------------------------------------------------

struct segment_writer::state {
  descriptor file;
  std::string path;
  std::unique_ptr<ZSTD_CCtx, free_writer> zstd{ZSTD_createCCtx()};
  std::vector<char> packed = std::vector<char>(ZSTD_CStreamOutSize());

  result<void> put(size_t bytes) const {
    for (size_t done = 0; done < bytes;) {
      const auto wrote
          = ::write(file.get(), packed.data() + done, bytes - done);
      if (wrote < 0 && errno == EINTR)
        continue;
      if (wrote < 0)
        return failed("write", path, errno);
      done += static_cast<size_t>(wrote);
    }
    return {};
  }

  result<void> compress(std::string_view bytes, ZSTD_EndDirective how) {
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    while (true) {
      ZSTD_outBuffer output{packed.data(), packed.size(), 0};
      const auto left = ZSTD_compressStream2(zstd.get(), &output, &input, how);
      if (ZSTD_isError(left))
        return make_error(errc::internal,
                          "zstd: " + std::string{ZSTD_getErrorName(left)});
      if (auto done = put(output.pos); !done)
        return done;
      if (how == ZSTD_e_end ? left == 0 : input.pos == input.size)
        return {};
    }
  }
};

segment_writer::segment_writer(std::unique_ptr<state> made)
    : state_(std::move(made)) {}
segment_writer::segment_writer(segment_writer&&) noexcept = default;
segment_writer& segment_writer::operator=(segment_writer&&) noexcept = default;
segment_writer::~segment_writer() = default;

result<segment_writer> segment_writer::create(const directory& where,
                                              const std::string& name) {
  auto made = std::make_unique<state>();
  made->path = where.path() + "/" + name;
  // What a killed run has left.
  ::unlinkat(where.fd(), name.c_str(), 0);
  made->file = descriptor{
      ::openat(where.fd(), name.c_str(),
               O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!made->file)
    return failed("create", made->path, errno);
  if (!made->zstd)
    return failed("create", made->path, ENOMEM);
  ZSTD_CCtx_setParameter(made->zstd.get(), ZSTD_c_compressionLevel, level);
  // So that a damaged segment is found out.
  ZSTD_CCtx_setParameter(made->zstd.get(), ZSTD_c_checksumFlag, 1);
  return segment_writer{std::move(made)};
}

result<void> segment_writer::write(std::string_view bytes) {
  return state_->compress(bytes, ZSTD_e_continue);
}

result<void> segment_writer::sync() {
  if (auto done = state_->compress({}, ZSTD_e_end); !done)
    return done;
  if (::fsync(state_->file.get()) != 0)
    return failed("fsync", state_->path, errno);
  return {};
}

} // namespace hiisi::logs
