#include "actors/unix_doorman.hpp"

#include "actors/os/acceptor.hpp"

#include <caf/io/abstract_broker.hpp>
#include <caf/io/network/acceptor_impl.hpp>
#include <caf/io/network/default_multiplexer.hpp>

namespace hiisi::actors {

namespace {

/// What CAF's acceptor asks for each time that the listener is readable.
class accept_policy {
public:
  bool try_accept(caf::io::network::native_socket& out,
                  caf::io::network::native_socket listener) {
    auto accepted = os::accept_one(listener, spare_);
    if (accepted.how != os::accept_result::outcome::accepted)
      return false;
    out = accepted.connection.release();
    return true;
  }

private:
  os::fd spare_ = os::open_spare();
};

// The overrides do what those of caf::io::network::doorman_impl do.
class unix_doorman : public caf::io::doorman {
public:
  unix_doorman(caf::io::network::default_multiplexer& multiplexer, int fd)
      : caf::io::doorman(caf::io::accept_handle::from_int(fd)),
        acceptor_(multiplexer, fd) {}

  bool new_connection() override {
    if (detached())
      return false;
    auto& multiplexer = acceptor_.backend();
    auto scribe = multiplexer.new_scribe(acceptor_.accepted_socket());
    const auto handle = scribe->hdl();
    parent()->add_scribe(std::move(scribe));
    return doorman::new_connection(&multiplexer, handle);
  }

  void graceful_shutdown() override {
    acceptor_.graceful_shutdown();
    detach(&acceptor_.backend(), false);
  }

  void launch() override { acceptor_.start(this); }
  std::string addr() const override { return "unix"; }
  uint16_t port() const override { return 0; }
  /// CAF takes no notice of who comes back into the loop while the batch of
  /// events is worked on in which it left: it takes it out when the batch is
  /// done, and nobody is accepted ever after. What is posted comes after that.
  void add_to_loop() override {
    wanted_ = true;
    acceptor_.backend().post([self = caf::intrusive_ptr<unix_doorman>{this}] {
      if (self->wanted_)
        self->acceptor_.activate(self.get());
    });
  }

  void remove_from_loop() override {
    wanted_ = false;
    acceptor_.passivate();
  }

private:
  /// Whether to be in the loop.
  bool wanted_ = true;
  caf::io::network::acceptor_impl<accept_policy> acceptor_;
};

} // namespace

caf::io::doorman_ptr
make_unix_doorman(caf::io::network::default_multiplexer& multiplexer,
                  int listener) {
  return caf::make_counted<unix_doorman>(multiplexer, listener);
}

} // namespace hiisi::actors
