#include "test/support/keeper_fixture.hpp"

#include <random>

#include <fcntl.h>
#include <sys/mman.h>

using namespace hiisi;
using test::keeper_fixture;
using wire_kind = keeper_wire::kind;
using phase = keeper_wire::phase;
using stage = keeper_wire::stage;
namespace fs = std::filesystem;

namespace {

keeper_wire::message spawn_message(uint32_t id) {
  keeper_wire::message message;
  message.what = wire_kind::spawn;
  message.id = id;
  message.run = 1;
  message.uid = keeper_fixture::user_uid;
  return message;
}

/// A memfd with this content, sealed as a launch block is or less so.
os::fd memfd(const std::string& bytes, int seals) {
  os::fd file(::memfd_create("hxt", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  BOOST_TEST_REQUIRE(::write(file.get(), bytes.data(), bytes.size())
                     == static_cast<ssize_t>(bytes.size()));
  ::fcntl(file.get(), F_ADD_SEALS, seals);
  return file;
}

constexpr int all_seals
    = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

std::string content_of(const os::launch_spec& spec) {
  auto block = os::make_launch_block(spec);
  BOOST_TEST_REQUIRE(block.ok());
  std::string bytes(1 << 20, '\0');
  const auto size = ::pread(block->get(), bytes.data(), bytes.size(), 0);
  bytes.resize(static_cast<size_t>(size));
  return bytes;
}

} // namespace

BOOST_AUTO_TEST_SUITE(keeper_link,
                      *boost::unit_test::precondition(test::as_root))

BOOST_AUTO_TEST_CASE(ends_are_repeated_until_acknowledged) {
  keeper_fixture keeper;
  {
    auto talk = keeper.connect();
    talk.greet();
    talk.start(1, keeper.shell("exit 7"), 4);
    talk.expect_end();
    talk.start(2, keeper.spec({"sleep", "60"}));
    talk.start(3, keeper.shell("read x < /dev/fd/0; sleep 0.3; exit 9"));
  }
  // This one ends while no daemon is there.
  BOOST_TEST(test::wait_until([&] {
    auto talk = keeper.connect();
    for (const auto& slot : talk.greet())
      if (slot.id == 3)
        return slot.how_far == phase::empty;
    return false;
  }));
  auto talk = keeper.connect();
  const auto slots = talk.greet();
  BOOST_TEST_REQUIRE(slots.size() == 3U);
  for (const auto& slot : slots) {
    const bool ended = slot.id != 2;
    BOOST_TEST((slot.how_far == (ended ? phase::empty : phase::running)));
    BOOST_TEST(slot.pid > 0);
    if (ended)
      BOOST_TEST(WEXITSTATUS(slot.status) == (slot.id == 1 ? 7 : 9));
    if (slot.id == 1)
      BOOST_TEST(slot.run == 4U);
  }
  talk.ask(wire_kind::acknowledge, 1, 4);
  talk.ask(wire_kind::acknowledge, 3, 2);
  talk.expect_refusal(ESRCH);
  auto later = keeper.connect();
  BOOST_TEST(later.greet().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_new_connection_takes_the_place_of_the_old) {
  keeper_fixture keeper;
  auto old = keeper.connect();
  old.greet();
  old.start(1, keeper.spec({"sleep", "60"}));
  auto fresh = keeper.connect();
  BOOST_TEST(fresh.greet().size() == 1U);
  BOOST_TEST(!old.next());
  fresh.ask(wire_kind::kill, 1);
  fresh.expect_end();
}

BOOST_AUTO_TEST_CASE(what_a_daemon_asked_before_it_went_still_holds) {
  keeper_fixture keeper;
  {
    auto old = keeper.connect();
    old.greet();
    old.start(1, keeper.spec({"sleep", "60"}));
    ::kill(keeper.pid(), SIGSTOP);
    // More than are read at once.
    for (int i = 0; i < 150; ++i)
      BOOST_TEST_REQUIRE(old.ask(wire_kind::signal, 1, 1, SIGCONT));
    BOOST_TEST_REQUIRE(old.ask(wire_kind::kill, 1));
  }
  auto fresh = keeper.connect();
  ::kill(keeper.pid(), SIGCONT);
  const auto slots = fresh.greet();
  BOOST_TEST_REQUIRE(slots.size() == 1U);
  if (slots.front().how_far != phase::empty)
    fresh.expect_end();
}

BOOST_AUTO_TEST_CASE(a_daemon_that_does_not_read_loses_nothing) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  constexpr uint32_t count = 400;
  for (uint32_t id = 1; id <= count; ++id) {
    talk.send_spawn(id, keeper.spec({"true"}));
    talk.release(id);
  }
  // Their ends are there long before anything is read.
  for (uint32_t id = 1; id <= count; ++id)
    talk.expect_started(id);
  std::map<uint32_t, phase> told;
  size_t ended = 0;
  while (ended < count) {
    const auto got = talk.expect(wire_kind::slot);
    BOOST_TEST((told[got.id] < got.how_far));
    told[got.id] = got.how_far;
    ended += got.how_far == phase::empty ? 1 : 0;
  }
  BOOST_TEST(told.size() == count);
}

BOOST_AUTO_TEST_CASE(malformed_requests_are_refused) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  auto message = spawn_message(1);
  message.what = wire_kind::kill;
  talk.send(message);
  talk.expect_refusal(EBUSY); // no greeting yet
  keeper_wire::message hello;
  hello.what = wire_kind::hello;
  hello.value = keeper_wire::version + 1;
  talk.send(hello);
  talk.expect_refusal(EPROTO);
  talk.greet();
  const auto before = keeper.descriptors();

  const std::string bytes(sizeof message + 1, 'x');
  for (const size_t size : {size_t{1}, sizeof message - 1, bytes.size()}) {
    talk.send_raw(bytes.data(), size);
    talk.expect_refusal(EINVAL);
  }
  hello.value = keeper_wire::version;
  talk.send(hello);
  talk.expect_refusal(EBUSY);
  for (const uint32_t kind : {0U, 8U, 101U, 105U, 0xffffffffU}) {
    message.what = static_cast<wire_kind>(kind);
    talk.send(message);
    talk.expect_refusal(EINVAL);
  }
  for (const auto what :
       {wire_kind::kill, wire_kind::acknowledge, wire_kind::signal}) {
    talk.ask(what, 99, 1, SIGTERM);
    talk.expect_refusal(ESRCH);
  }
  talk.ask(wire_kind::signal, 1, 1, 65);
  talk.expect_refusal(EINVAL);

  // Too few descriptors, too many, and one where none belongs.
  message = spawn_message(1);
  talk.send(message);
  talk.expect_refusal(EINVAL);
  auto block = os::make_launch_block(keeper.spec({"true"}));
  const int fd = block->get();
  talk.send_raw(&message, sizeof message, {fd});
  talk.expect_refusal(EINVAL);
  talk.send_raw(&message, sizeof message, {fd, fd, fd});
  talk.expect_refusal(EINVAL);
  talk.send_raw(&message, sizeof message, std::vector<int>(16, fd));
  talk.expect_refusal(EMFILE);
  talk.send_raw(bytes.data(), 3, {fd});
  talk.expect_refusal(EINVAL);
  message.what = wire_kind::kill;
  talk.send(message, fd);
  talk.expect_refusal(EINVAL);
  message = spawn_message(1);
  message.uid = ~0U;
  talk.send_spawn(message, fd);
  talk.expect_refusal(EINVAL);
  BOOST_TEST(keeper.descriptors() == before);
}

BOOST_AUTO_TEST_CASE(what_comes_with_nothing_is_closed) {
  keeper_fixture keeper;
  const os::fd any(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  {
    auto talk = keeper.connect();
    talk.greet();
  }
  const auto connected = [&] {
    auto talk = keeper.connect();
    talk.greet();
    return keeper.descriptors();
  };
  const auto before = connected();
  {
    auto talk = keeper.connect();
    talk.greet();
    talk.send_raw("", 0, std::vector<int>(8, any.get()));
  }
  BOOST_TEST(connected() == before);
}

BOOST_AUTO_TEST_CASE(requests_in_the_wrong_state_are_refused) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  talk.spawned(1, keeper.spec({"sleep", "60"}));
  // Not by send_spawn, which would let go of the gate of the first.
  auto second = spawn_message(1);
  second.run = 2;
  const auto block = os::make_launch_block(keeper.spec({"true"}));
  talk.send_raw(&second, sizeof second, {block->get(), block->get()});
  talk.expect_refusal(EBUSY);
  talk.ask(wire_kind::acknowledge, 1);
  talk.expect_refusal(EBUSY);
  talk.ask(wire_kind::kill, 1, 2);
  talk.expect_refusal(ESRCH);
}

BOOST_AUTO_TEST_CASE(launch_blocks_that_are_not_sealed_are_not_used) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  const auto before = keeper.descriptors();
  const auto good = content_of(keeper.spec({"true"}));
  const auto refuse = [&](const os::fd& file) {
    talk.send_spawn(spawn_message(1), file.get());
    talk.expect_phase(phase::running);
    talk.expect_end();
    const auto failed = talk.last_word(1);
    BOOST_TEST((failed.at == stage::launch_block));
    BOOST_TEST(failed.error == EINVAL);
    talk.ask(wire_kind::acknowledge, 1);
  };
  refuse(memfd(good, 0));
  refuse(memfd(good, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL));
  refuse(memfd(good, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
  refuse(memfd(good.substr(0, 20), all_seals));
  auto large = good;
  large.resize(keeper_wire::max_launch_bytes + 1);
  refuse(memfd(large, all_seals));
  refuse(os::fd(::open("/dev/zero", O_RDONLY | O_CLOEXEC)));
  // One byte short.
  refuse(memfd(good.substr(0, good.size() - 1), all_seals));
  talk.send_spawn(spawn_message(2), memfd(good, all_seals).get());
  talk.expect_phase(phase::running);
  BOOST_TEST(keeper.descriptors() == before);
}

BOOST_AUTO_TEST_CASE(a_thousand_corrupt_launch_blocks_do_no_harm) {
  keeper_fixture keeper;
  auto talk = keeper.connect();
  talk.greet();
  const auto before = keeper.descriptors();
  auto spec = keeper.spec({"true", "a", "b"});
  spec.limits = {{7, 0, 100, 100}};
  const auto good = content_of(spec);
  std::mt19937 random(20240607);
  const auto below = [&random](size_t end) {
    return std::uniform_int_distribution<size_t>(0, end - 1)(random);
  };
  int failures = 0;
  for (uint32_t id = 1; id <= 1000; ++id) {
    auto bytes = good;
    for (size_t hits = 1 + below(4); hits > 0; --hits) {
      // Mostly the header, where an offset or count becomes anything.
      if (below(4) != 0) {
        const uint32_t values[]
            = {0, ~0U, static_cast<uint32_t>(below(2 * good.size())),
               0x80000000U, static_cast<uint32_t>(good.size() - 1)};
        std::memcpy(&bytes[4 * below(sizeof(keeper_wire::launch_header) / 4)],
                    &values[below(5)], 4);
      } else {
        bytes[below(bytes.size())] = static_cast<char>(below(256));
      }
    }
    talk.send_spawn(spawn_message(id), memfd(bytes, all_seals).get());
    talk.release(id);
    const auto said = talk.last_word(id);
    talk.expect_phase(phase::running);
    const auto end = talk.expect_end();
    talk.ask(wire_kind::acknowledge, id);
    // A child ends by its own report, never by a signal.
    if (said.at != stage::execute || said.error != 0) {
      ++failures;
      BOOST_TEST(WIFEXITED(end.status), "mutation " << id);
    }
  }
  BOOST_TEST(failures > 300);
  BOOST_TEST(talk.connected());
  auto again = keeper.connect();
  BOOST_TEST(again.greet().empty());
  BOOST_TEST(keeper.descriptors() == before);
}

BOOST_AUTO_TEST_SUITE_END()
