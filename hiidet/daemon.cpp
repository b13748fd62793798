#include "hiidet/daemon.hpp"

#include "actors/caf_compat.hpp"
#include "actors/essentials.hpp"
#include "actors/event_log.hpp"
#include "actors/hook_runner.hpp"
#include "actors/host_supervisor.hpp"
#include "actors/inspector.hpp"
#include "actors/keeper_link.hpp"
#include "actors/log_rotator.hpp"
#include "actors/logger_runner.hpp"
#include "actors/os/atomic_file.hpp"
#include "actors/os/clock.hpp"
#include "actors/os/peer_credentials.hpp"
#include "actors/os/record_files.hpp"
#include "actors/os/sock_diag.hpp"
#include "actors/os/user_cpu.hpp"
#include "actors/os/user_db.hpp"
#include "actors/port_registry.hpp"
#include "actors/port_watcher.hpp"
#include "actors/quota_clerk.hpp"
#include "actors/record_store.hpp"
#include "actors/request_decoder.hpp"
#include "actors/socket_broker.hpp"
#include "actors/unix_doorman.hpp"
#include "actors/user_directory.hpp"
#include "fault/crash_point.hpp"
#include "hiidet/descriptor_shares.hpp"
#include "hiidet/event_journal.hpp"
#include "hiidet/limit_settings.hpp"
#include "hiidet/log.hpp"
#include "hiidet/log_settings.hpp"
#include "hiidet/monitoring.hpp"
#include "hiidet/port_settings.hpp"
#include "hiidet/program_beside.hpp"
#include "hiidet/registry_files.hpp"
#include "hiidet/registry_report.hpp"

#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <future>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hiisi::hiidet {

namespace {

using protocol::errc;
using protocol::make_error;
using protocol::result;

/// By hand the keeper takes a few milliseconds, and systemd starts both at
/// once; a host that is booting may be slow.
constexpr std::chrono::seconds keeper_patience{10};

class actor_config : public caf::actor_system_config {
public:
  actor_config() {
    actors::configure(*this);
    add_message_types<caf::id_block::hiisi>();
    load<caf::io::middleman>();
  }
};

class running_daemon : public daemon {
public:
  running_daemon(const os::places& where, const configuration& settings)
      : where_(where), system_(config_) {
    storage_ = std::make_shared<os::record_files>(where.state_dir,
                                                  where.runtime_dir);
    store_ = actors::spawn_record_store(system_, storage_);
    directory_ = actors::spawn_user_directory(
        system_, {[group = settings.admin_group](uint32_t uid) {
                    return os::find_user(uid, group);
                  },
                  [group = settings.admin_group](const std::string& name) {
                    return os::find_user_by_name(name, group);
                  }});
  }

  /// Takes over what is on disk and what the keeper holds.
  result<void> recover(const configuration& settings) {
    // Before anybody writes there.
    if (auto removed = os::remove_leftovers(where_.state_dir); !removed)
      return std::move(removed).failure();
    if (auto started = start_event_log(settings); !started)
      return started;
    start_port_registry(settings);
    // Nobody writes yet: the store's actor has been asked for nothing.
    auto stored = storage_->load();
    if (!stored)
      return std::move(stored).failure();
    for (const auto& damage : stored->damaged)
      log(log_level::error, damage.message);
    std::promise<void> ready;
    auto is_ready = ready.get_future();
    keeper_ = actors::spawn_keeper_link(
        system_, actors::dial_keeper_at(where_.keeper_socket),
        {[&ready] { ready.set_value(); }, log_warning, tallies_,
         stored->next_id});
    logs_ = start_log_rotator(settings);
    loggers_ = start_logger_runner();
    host_ = actors::spawn_host_supervisor(
        system_,
        {keeper_, store_, directory_, events_, ports_, live_writer(), logs_,
         loggers_},
        {settings.process, settings.finished_kept, 0,
         limit_policy_of(settings, where_.system)});
    actors::tell_from_outside(watcher_, actors::meet_host{host_});
    const auto count = stored->records.size();
    actors::tell_from_outside(host_, actors::recover{std::move(stored->records),
                                                     std::move(stored->live),
                                                     stored->next_id});
    if (is_ready.wait_for(keeper_patience) != std::future_status::ready) {
      // The promise must outlive the actor that may still fulfil it.
      log(log_level::error, "no keeper answers at " + where_.keeper_socket);
      ::_exit(1);
    }
    HIISI_CRASH_POINT("daemon.recovered");
    log(log_level::info, std::to_string(count) + " processes on record");
    protocol::event began;
    began.at = os::wall_now();
    began.what = protocol::event_kind::recovery;
    began.text = "hiidet started with " + std::to_string(count)
                 + " processes on record";
    note(std::move(began));
    return {};
  }

  result<void> serve(const configuration& settings,
                     const os::unix_listener& listener, std::string version,
                     os::fd http_socket, configuration_source source) {
    const auto own = ::fcntl(listener.get(), F_DUPFD_CLOEXEC, 3);
    if (own < 0)
      return make_error(errc::internal, "no descriptor for the socket");
    const auto uid = ::geteuid();
    const auto system = where_.system;
    monitoring_.emplace(system_, where_, settings,
                        monitoring_sources{host_, ports_, directory_, tallies_,
                                           version, port_policy_},
                        std::move(http_socket));
    actors::broker_setup setup;
    setup.limits = settings.connections;
    setup.policy = limit_policy_of(settings, system);
    setup.connections = share_descriptors().connections;
    setup.facts = {std::move(version), ::getpid(), uid, system};
    setup.peer = [uid, system](int fd) -> std::optional<os::credentials> {
      auto peer = os::peer_credentials(fd);
      if (!peer || (!system && peer->uid != uid && peer->uid != 0))
        return std::nullopt;
      return *peer;
    };
    inspector_ = actors::spawn_inspector(
        system_, {{},
                  keeper_,
                  ports_,
                  directory_,
                  [path = where_.state_dir
                          + "/ports.ron"](const protocol::payload& memory) {
                    return compare_registry(path, memory);
                  },
                  [where = where_,
                   source = std::move(source)](core::keeper_facts keeper) {
                    return core::examine(collect_facts(where, source, keeper));
                  }});
    hooks_ = actors::spawn_hook_runner(
        system_, {std::make_shared<os::hook_files>(where_.state_dir + "/hooks"),
                  settings.hooks, keeper_, directory_, events_,
                  system ? 0 : uid, log_warning});
    decoder_ = actors::spawn_request_decoder(system_);
    quotas_ = actors::spawn_quota_clerk(system_, {host_, ports_, directory_});
    setup.neighbours = {{},
                        host_,
                        ports_,
                        directory_,
                        events_,
                        hooks_,
                        monitoring_->actor(),
                        tallies_,
                        inspector_,
                        quotas_,
                        decoder_};
    setup.cut = [](int fd) { ::shutdown(fd, SHUT_RDWR); };
    broker_ = actors::spawn_socket_broker(
        system_,
        [own](caf::io::network::multiplexer& multiplexer) {
          return actors::make_unix_doorman(
              dynamic_cast<caf::io::network::default_multiplexer&>(multiplexer),
              own);
        },
        std::move(setup));
    actors::tell_from_outside(inspector_, actors::inspect_broker{broker_});
    actors::tell_from_outside(quotas_, actors::inspect_broker{broker_});
    std::vector<actors::essential> essentials{
        {"record store", store_},         {"user directory", directory_},
        {"port registry", ports_},        {"event log", events_},
        {"hook runner", hooks_},          {"inspector", inspector_},
        {"quota clerk", quotas_},         {"request decoder", decoder_},
        {"port watcher", watcher_},       {"keeper link", keeper_},
        {"host supervisor", host_},       {"socket broker", broker_},
        {"metrics", monitoring_->actor()}};
    if (logs_)
      essentials.push_back({"log rotator", logs_});
    if (loggers_)
      essentials.push_back({"logger runner", loggers_});
    guard_ = actors::spawn_essentials_guard(
        system_, std::move(essentials), [](const std::string& name) {
          log(log_level::error,
              "the " + name + " failed; hiidet ends, to be started anew");
          ::_exit(1);
        });
    return {};
  }

  void reload(const configuration& settings) override {
    set_log_level(settings.level);
    const auto limits = limit_policy_of(settings, where_.system);
    actors::tell_from_outside(
        host_,
        actors::reconfigure{settings.process, settings.finished_kept, limits});
    actors::tell_from_outside(
        broker_, actors::limit_connections{settings.connections, limits});
    port_policy_ = port_policy_of(settings.ports, where_.system);
    actors::tell_from_outside(ports_, actors::port_rules{port_policy_});
    actors::tell_from_outside(monitoring_->actor(),
                              actors::port_rules{port_policy_});
    actors::tell_from_outside(ports_, actors::reload_registry{});
    actors::tell_from_outside(
        events_,
        actors::limit_events{settings.event_file_bytes, settings.event_files});
    actors::tell_from_outside(hooks_, actors::limit_hooks{settings.hooks});
    if (logs_)
      actors::tell_from_outside(logs_, actors::limit_logs{log_policy_of(
                                           settings.logs, where_.system)});
    monitoring_->configure(settings);
  }

  void show(std::string configuration) override {
    actors::tell_from_outside(
        inspector_, actors::shown_configuration{std::move(configuration)});
  }

  void note(protocol::event what) override {
    actors::tell_from_outside(events_, actors::happened{std::move(what)});
  }

  bool alive(std::chrono::milliseconds patience) override {
    return answers<actors::ping>(host_, patience)
           && answers<actors::ping>(broker_, patience);
  }

  void flush(std::chrono::milliseconds patience) override {
    answers<actors::flush>(store_, patience);
    answers<actors::flush>(events_, patience);
    answers<actors::flush>(keeper_, patience);
  }

private:
  /// Whatever the directory is on, once load() has made it.
  [[nodiscard]] core::live_writer live_writer() const {
    if (!storage_->live_in_memory())
      return nullptr;
    return [storage = storage_](const core::live_record& record) {
      std::ignore = storage->save_live(record);
    };
  }

  /// Whether `whom` returns a message of that kind in time.
  template <class Message>
  bool answers(const caf::actor& whom, std::chrono::milliseconds patience) {
    caf::scoped_actor self{system_, true};
    bool answered = false;
    self->request(whom, patience, Message{})
        .receive([&](const Message&) { answered = true; },
                 [](const caf::error&) {});
    return answered;
  }

  void start_port_registry(const configuration& settings) {
    watcher_ = actors::spawn_port_watcher(
        system_, {[] { return os::list_listeners(); }, directory_});
    auto world = registry_world_of(where_, settings);
    world.watcher = watcher_;
    world.events = events_;
    port_policy_ = world.policy;
    ports_ = actors::spawn_port_registry(system_, std::move(world));
  }

  caf::actor start_log_rotator(const configuration& settings) {
    auto program = program_beside("hiisi-rotate");
    if (!program) {
      log_warning(program.failure().message
                  + "; logs are not rotated: install hiisi-rotate beside "
                    "hiidet and start that anew");
      return nullptr;
    }
    return actors::spawn_log_rotator(
        system_, {keeper_, log_policy_of(settings.logs, where_.system),
                  *std::move(program), tallies_, os::cpu_of_user, log_warning});
  }

  caf::actor start_logger_runner() {
    auto program = program_beside("hiisi-logger");
    if (!program) {
      log_warning(program.failure().message
                  + "; run --timestamps and --pty do not work: install "
                    "hiisi-logger beside hiidet and start that anew");
      return nullptr;
    }
    return actors::spawn_logger_runner(system_, keeper_, *std::move(program));
  }

  result<void> start_event_log(const configuration& settings) {
    const auto directory = where_.state_dir + "/events";
    if (auto made
        = os::make_directory(directory, 0700, {::geteuid(), ::getegid()});
        !made)
      return std::move(made).failure();
    auto log = os::line_log::open(
        {directory, "events", settings.event_file_bytes, settings.event_files});
    if (!log)
      return std::move(log).failure();
    events_ = actors::spawn_event_log(system_, {*std::move(log),
                                                {},
                                                event_journal(),
                                                log_warning,
                                                directory_,
                                                tallies_});
    return {};
  }

  static void log_warning(std::string_view text) {
    log(log_level::warning, text);
  }

  os::places where_;
  actor_config config_;
  caf::actor_system system_;
  std::shared_ptr<os::record_files> storage_;
  caf::actor store_;
  caf::actor directory_;
  caf::actor watcher_;
  caf::actor ports_;
  caf::actor events_;
  caf::actor hooks_;
  caf::actor logs_;
  caf::actor loggers_;
  caf::actor inspector_;
  caf::actor decoder_;
  caf::actor quotas_;
  caf::actor keeper_;
  caf::actor host_;
  caf::actor broker_;
  caf::actor guard_;
  std::shared_ptr<const core::port_policy> port_policy_;
  core::tallies_ptr tallies_ = std::make_shared<core::tallies>();
  std::optional<monitoring> monitoring_;
};

} // namespace

result<std::unique_ptr<daemon>>
daemon::start(const os::places& where, const configuration& settings,
              const os::unix_listener& listener, std::string version,
              os::fd http_socket, configuration_source source) {
  auto made = std::make_unique<running_daemon>(where, settings);
  if (auto recovered = made->recover(settings); !recovered) {
    // The actors need no orderly end, and some would never come to one.
    std::ignore = made.release();
    return std::move(recovered).failure();
  }
  if (auto served = made->serve(settings, listener, std::move(version),
                                std::move(http_socket), std::move(source));
      !served) {
    std::ignore = made.release();
    return std::move(served).failure();
  }
  return std::unique_ptr<daemon>{std::move(made)};
}

} // namespace hiisi::hiidet
