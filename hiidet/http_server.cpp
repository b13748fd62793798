#include "hiidet/http_server.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/verb.hpp>

#include <array>
#include <cerrno>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hiisi::hiidet {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using socket_protocol = asio::generic::stream_protocol;
using client_stream = beast::basic_stream<socket_protocol>;

constexpr uint32_t most_header_bytes = 8192;
/// After the answer: how long, and how much, a client may still send. A
/// connection that is closed on unread bytes is reset, and takes the answer
/// with it.
constexpr std::chrono::milliseconds linger_patience{1'000};
constexpr size_t most_lingering_bytes = 64 * 1024;
/// When there is no descriptor left for another connection.
constexpr std::chrono::milliseconds pause_after_failure{200};

constexpr std::string_view front_page
    = "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<title>Hiisi</title></head>\n<body><h1>Hiisi</h1>\n"
      "<p><a href=\"/metrics\">Metrics</a> for Prometheus</p></body></html>\n";
constexpr std::string_view metrics_type
    = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view html_type = "text/html; charset=utf-8";
constexpr std::string_view text_type = "text/plain; charset=utf-8";

page_ptr page_of(std::string_view text) {
  return std::make_shared<const std::string>(text);
}

/// The way back for who makes pages, on threads of their own and for as long
/// as they like: nothing of a connection may end there, and the server may be
/// gone when a page is ready.
struct way_back {
  std::mutex mutex;
  /// Null once the server has ended.
  asio::io_context* context = nullptr;
};

/// One client, from its coming to its end; kept alive by what it waits for.
class connection : public std::enable_shared_from_this<connection> {
public:
  connection(socket_protocol::socket socket, const http_setup& setup, bool tcp,
             std::shared_ptr<way_back> back)
      : stream_(std::move(socket)),
        setup_(setup),
        back_(std::move(back)),
        checks_host_(tcp) {
    parser_.header_limit(most_header_bytes);
  }

  void start() {
    stream_.expires_after(setup_.request_patience);
    http::async_read_header(
        stream_, buffer_, parser_,
        [self = shared_from_this()](error_code problem, size_t) {
          self->received(problem);
        });
  }

  /// Makes room for another.
  void cut() {
    error_code ignored;
    stream_.socket().close(ignored);
    awaiting_page_.reset();
  }

private:
  void received(const error_code& problem) {
    if (problem == http::error::header_limit
        || problem == http::error::buffer_overflow)
      return refuse("431 Request Header Fields Too Large", "too long");
    if (problem
        && problem.category()
               == http::make_error_code(http::error::end_of_stream).category()
        && problem != http::error::end_of_stream
        && problem != http::error::partial_message)
      return refuse("400 Bad Request", "no HTTP request");
    if (problem)
      return; // It went away, or took too long.
    const auto& request = parser_.get();
    head_only_ = request.method() == http::verb::head;
    if (!head_only_ && request.method() != http::verb::get)
      return answer("405 Method Not Allowed", text_type,
                    page_of("only GET and HEAD\n"), "Allow: GET, HEAD\r\n");
    if (checks_host_) {
      const auto host = request[http::field::host];
      if (!is_our_host({host.data(), host.size()}, setup_.names))
        return refuse("403 Forbidden",
                      "this is not the name of the host that answers; name it "
                      "in http_names of hiidet.ron, or use its address");
    }
    const auto target = request.target();
    dispatch(std::string_view{target.data(), target.size()});
  }

  void dispatch(std::string_view target) {
    const auto path = target.substr(0, target.find('?'));
    if (path == "/metrics")
      return ask_for_metrics();
    if (path == "/")
      return answer("200 OK", html_type, page_of(front_page));
    if (path == "/favicon.ico") // Browsers ask by themselves.
      return answer("204 No Content", {}, page_of({}));
    refuse("404 Not Found", "there is only /metrics");
  }

  void ask_for_metrics() {
    stream_.expires_never();
    awaiting_page_ = shared_from_this();
    setup_.metrics([back = back_, who = weak_from_this()](page_ptr page) {
      const std::lock_guard lock{back->mutex};
      if (!back->context)
        return;
      asio::post(*back->context, [who, page = std::move(page)]() mutable {
        if (const auto self = who.lock())
          self->take_page(std::move(page));
      });
    });
  }

  void take_page(page_ptr page) {
    if (std::exchange(awaiting_page_, nullptr))
      answer("200 OK", metrics_type, std::move(page));
  }

  void refuse(std::string_view status, std::string_view why) {
    answer(status, text_type, page_of(std::string{why} + "\n"));
  }

  void answer(std::string_view status, std::string_view type, page_ptr page,
              std::string_view further = {}) {
    page_ = std::move(page);
    header_ = "HTTP/1.1 ";
    header_ += status;
    header_ += "\r\nConnection: close\r\nCache-Control: no-store\r\n"
               "X-Content-Type-Options: nosniff\r\n";
    header_ += further;
    if (!type.empty()) {
      header_ += "Content-Type: ";
      header_ += type;
      header_
          += "\r\nContent-Length: " + std::to_string(page_->size()) + "\r\n";
    }
    header_ += "\r\n";
    const std::array<asio::const_buffer, 2> out{
        asio::buffer(header_),
        head_only_ ? asio::const_buffer{} : asio::buffer(*page_)};
    stream_.expires_after(setup_.answer_patience);
    asio::async_write(stream_, out,
                      [self = shared_from_this()](error_code problem, size_t) {
                        self->page_.reset();
                        if (!problem)
                          self->linger();
                      });
  }

  void linger() {
    error_code ignored;
    stream_.socket().shutdown(socket_protocol::socket::shutdown_send, ignored);
    stream_.expires_after(linger_patience);
    drain();
  }

  void drain() {
    stream_.async_read_some(
        asio::buffer(rest_),
        [self = shared_from_this()](error_code problem, size_t got) {
          self->drained_ += got;
          if (!problem && self->drained_ < most_lingering_bytes)
            self->drain();
        });
  }

  client_stream stream_;
  const http_setup& setup_;
  std::shared_ptr<way_back> back_;
  /// Itself, while only the page's maker has a reason to come back.
  std::shared_ptr<connection> awaiting_page_;
  bool checks_host_;
  beast::flat_buffer buffer_{most_header_bytes};
  http::request_parser<http::empty_body> parser_;
  bool head_only_ = false;
  std::string header_;
  page_ptr page_;
  std::array<char, 1024> rest_{};
  size_t drained_ = 0;
};

} // namespace

struct http_server::parts {
  explicit parts(http_setup with) : setup(std::move(with)) {
    back->context = &context;
  }

  void listen(std::optional<http_listener> at) {
    listener.reset();
    pause.cancel();
    if (!at)
      return;
    tcp = at->tcp;
    listener.emplace(context, at->socket.release());
    accept_next();
  }

  void accept_next() {
    listener->async_wait(asio::posix::stream_descriptor::wait_read,
                         [this](error_code problem) {
                           if (!problem && listener)
                             accept();
                         });
  }

  void accept() {
    for (;;) {
      sockaddr_storage peer{};
      socklen_t size = sizeof peer;
      const int client = ::accept4(listener->native_handle(),
                                   reinterpret_cast<sockaddr*>(&peer), &size,
                                   SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (client >= 0) {
        welcome(client, peer.ss_family);
        continue;
      }
      if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
        return accept_next();
      // No descriptor is left: perhaps one of ours is to be had.
      drop_oldest();
      pause.expires_after(pause_after_failure);
      pause.async_wait([this](error_code problem) {
        if (!problem && listener)
          accept_next();
      });
      return;
    }
  }

  void welcome(int client, int family) {
    std::erase_if(clients, [](const auto& c) { return c.expired(); });
    while (clients.size() >= setup.connections)
      drop_oldest();
    error_code problem;
    socket_protocol::socket socket{context};
    socket.assign({family, 0}, client, problem);
    if (problem) {
      ::close(client);
      return;
    }
    auto one
        = std::make_shared<connection>(std::move(socket), setup, tcp, back);
    clients.push_back(one);
    one->start();
  }

  void drop_oldest() {
    if (clients.empty())
      return;
    if (const auto oldest = clients.front().lock())
      oldest->cut();
    clients.pop_front();
  }

  http_setup setup;
  asio::io_context context{1};
  std::shared_ptr<way_back> back = std::make_shared<way_back>();
  asio::executor_work_guard<asio::io_context::executor_type> work
      = asio::make_work_guard(context);
  asio::steady_timer pause{context};
  std::optional<asio::posix::stream_descriptor> listener;
  bool tcp = true;
  /// The oldest first.
  std::list<std::weak_ptr<connection>> clients;
  std::thread thread;
};

http_server::http_server(http_setup setup)
    : parts_(std::make_unique<parts>(std::move(setup))) {
  parts_->thread = std::thread([parts = parts_.get()] {
    ::pthread_setname_np(::pthread_self(), "http");
    parts->context.run();
  });
}

http_server::~http_server() {
  parts_->context.stop();
  parts_->thread.join();
  {
    const std::lock_guard lock{parts_->back->mutex};
    parts_->back->context = nullptr;
  }
  while (!parts_->clients.empty())
    parts_->drop_oldest();
}

void http_server::serve(std::optional<http_listener> at) {
  // Asio wants what it runs to be copied.
  auto listener = std::make_shared<std::optional<http_listener>>(std::move(at));
  asio::post(parts_->context, [parts = parts_.get(), listener] {
    parts->listen(std::move(*listener));
  });
}

void http_server::set_names(std::vector<std::string> names) {
  asio::post(parts_->context,
             [parts = parts_.get(), names = std::move(names)]() mutable {
               parts->setup.names = std::move(names);
             });
}

} // namespace hiisi::hiidet
