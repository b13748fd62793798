#include "hiidet/options.hpp"

#include <cxxopts.hpp>

namespace hiisi::hiidet {

namespace {

using protocol::errc;
using protocol::make_error;

constexpr const char* try_help = "hiidet --help lists the options";

} // namespace

protocol::result<options> parse_options(int argc, const char* const* argv) {
  cxxopts::Options parser{"hiidet"};
  parser.add_options()("socket", "", cxxopts::value<std::string>())(
      "state-dir", "", cxxopts::value<std::string>())(
      "runtime-dir", "", cxxopts::value<std::string>())(
      "config", "", cxxopts::value<std::string>())(
      "http", "", cxxopts::value<std::string>())("keeper",
                                                 "")("help", "")("version", "");
  try {
    auto parsed = parser.parse(argc, argv);
    options out;
    const auto take = [&](const char* name, std::optional<std::string>& to) {
      if (parsed.count(name) != 0)
        to = parsed[name].as<std::string>();
    };
    take("socket", out.socket);
    take("state-dir", out.state_dir);
    take("runtime-dir", out.runtime_dir);
    take("config", out.config);
    out.keeper = parsed.count("keeper") != 0;
    out.help = parsed.count("help") != 0;
    out.version = parsed.count("version") != 0;
    if (!parsed.unmatched().empty())
      return make_error(errc::invalid_argument,
                        "unexpected argument " + parsed.unmatched().front(),
                        try_help);
    for (auto* path : {&out.socket, &out.state_dir, &out.runtime_dir})
      if (*path && !(*path)->starts_with('/'))
        return make_error(errc::invalid_argument,
                          "not an absolute path: " + **path);
    if (parsed.count("http") != 0) {
      auto address = read_http_address(parsed["http"].as<std::string>());
      if (!address)
        return std::move(address).failure();
      out.http = *std::move(address);
    }
    return out;
  } catch (const cxxopts::exceptions::exception& e) {
    return make_error(errc::invalid_argument, e.what(), try_help);
  }
}

std::string help_text() {
  return R"(Usage: hiidet [OPTION]...
The daemon of Hiisi, a process and port manager for shared servers.

Started as root it serves every user of the host; started by an ordinary user
it is that user's own. It stays in the foreground and logs to standard error.

  --socket PATH       where clients connect
                      (default /run/hiisi/hiisi.sock, or for a user
                      $XDG_RUNTIME_DIR/hiisi/hiisi.sock)
  --state-dir DIR     what must outlive a reboot
                      (default /var/lib/hiisi, or ~/.local/state/hiisi)
  --runtime-dir DIR   what a reboot may clear (default /run/hiisi; with
                      --state-dir DIR it is DIR/run)
  --config FILE       the configuration (default /etc/hiisi/hiidet.ron, or
                      ~/.config/hiisi/hiidet.ron)
  --http ADDR:PORT|PATH|off
                      where metrics are to be had by HTTP: an address, the
                      path of a Unix socket, or nowhere (default
                      127.0.0.1:9419; for a user's own and for a private
                      instance the socket http.sock beside the other one)
  --keeper            become hiisi-keeper, as hiisi-keeper.service wants
  --help, --version

SIGHUP has it read the configuration and the port registry again; SIGTERM ends
it. Either way every process that it manages runs on.

Example, a private instance to play with:
  hiidet --state-dir /tmp/hiisi-play &
  hiisi --socket /tmp/hiisi-play/run/hiisi.sock run sleep 100
)";
}

std::string version_text() {
  return "hiidet " HIISI_VERSION "\n";
}

std::string release_version() {
  return HIISI_VERSION;
}

} // namespace hiisi::hiidet
