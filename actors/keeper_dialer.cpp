#include "actors/caf_compat.hpp"
#include "actors/keeper_link.hpp"
#include "actors/os/keeper_client.hpp"

#include <thread>
#include <utility>

namespace hiisi::actors {

namespace {

/// A connection with a thread of its own to read. The thread sends messages to
/// the link and does nothing else.
class threaded_connection : public keeper_connection {
public:
  threaded_connection(std::unique_ptr<os::keeper_client> client,
                      caf::actor link, uint64_t number)
      : client_(std::move(client)),
        reader_([&reading = *client_, to = std::move(link), number] {
          reading.run(
              [&](const keeper_wire::message& m, os::sockets_ptr attached) {
                tell_from_outside(to,
                                  keeper_said{number, m, std::move(attached)});
              },
              [&] { tell_from_outside(to, keeper_lost{number}); });
        }) {}

  ~threaded_connection() override {
    client_->stop();
    reader_.join();
  }

  void send(const keeper_wire::message& what,
            os::sockets_ptr attached) override {
    client_->send(what, std::move(attached));
  }

  size_t queued() const override { return client_->queued(); }

  void spawn(const keeper_wire::message& what, os::fd launch_block) override {
    client_->spawn(what, std::move(launch_block));
  }

  void release(uint32_t id) override { client_->release(id); }

private:
  std::unique_ptr<os::keeper_client> client_;
  std::thread reader_;
};

} // namespace

keeper_dialer dial_keeper_at(std::string socket_path) {
  return [path = std::move(socket_path)](const caf::actor& link,
                                         uint64_t number)
             -> protocol::result<std::unique_ptr<keeper_connection>> {
    auto client = std::make_unique<os::keeper_client>(path);
    if (auto connected = client->connect(); !connected.ok())
      return std::move(connected).failure();
    return std::unique_ptr<keeper_connection>{
        std::make_unique<threaded_connection>(std::move(client), link, number)};
  };
}

} // namespace hiisi::actors
