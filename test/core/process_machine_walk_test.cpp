#include "process_life.hpp"

#include <deque>
#include <random>
#include <set>

using namespace hiisi;
using core::save_purpose;
using protocol::restart_policy;
using test::process_life;
using namespace std::chrono_literals;

namespace {

/// Everything around a machine: an owner who does one thing after the other,
/// a disk, and a keeper with one slot, that all act in an order and with an
/// outcome that chance decides. Complains by BOOST_TEST of what may never be.
class little_world {
public:
  explicit little_world(uint64_t seed)
      : random_(seed),
        policy_(static_cast<restart_policy>(below(3))),
        life_(policy_) {}

  void walk(int steps) {
    for (step_ = 0; step_ < steps; ++step_)
      once();
    settle();
  }

  int runs = 0;
  int ends = 0;
  int stops = 0;

private:
  enum class phase { none, gated, released, running, ended, empty };

  uint64_t below(uint64_t n) { return random_() % n; }
  bool chance(int percent) {
    return below(100) < static_cast<uint64_t>(percent);
  }

  std::string where() const {
    return "step " + std::to_string(step_) + " in state " + life_.state() + "\n"
           + history_;
  }

  void feed(core::process_event what, std::string_view name) {
    life_.random = static_cast<double>(below(1000)) / 1000;
    auto effects
        = life_.machine.handle(std::move(what), {life_.now, life_.random});
    history_ += std::string{name} + " -> " + test::words_of(effects) + " ["
                + life_.state() + "]\n";
    for (auto& e : effects)
      std::visit([this](auto& a) { carry_out(a); }, e);
  }

  // -- the disk ---------------------------------------------------------------

  void carry_out(core::effect::save& e) {
    const auto unwanted = !life_.record().wanted;
    writes_.push_back([this, e, unwanted, ended = ended_unsaved_](bool ok) {
      stop_was_written_ |= unwanted;
      if (e.purpose != save_purpose::note)
        saved_ends_.insert(ended.begin(), ended.end());
      feed(core::event::saved{e.purpose, e.run,
                              ok ? protocol::result<void>{}
                                 : process_life::disk_full()},
           ok ? "saved" : "save failed");
    });
    saving_run_ = e.purpose == save_purpose::open_gate ? e.run : saving_run_;
    if (e.purpose == save_purpose::open_gate)
      writes_.back() = [this, e](bool ok) {
        if (ok)
          recorded_.insert(e.run);
        feed(core::event::saved{e.purpose, e.run,
                                ok ? protocol::result<void>{}
                                   : process_life::disk_full()},
             ok ? "saved for the gate" : "save for the gate failed");
      };
  }
  void carry_out(core::effect::save_live&) {
    const auto run = life_.run();
    writes_.push_back([this, run](bool) {
      live_recorded_.insert(run);
      feed(core::event::live_saved{run}, "live saved");
    });
  }

  void write_one() {
    if (writes_.empty())
      return;
    auto write = std::move(writes_.front());
    writes_.pop_front();
    write(!chance(5));
  }

  // -- the keeper -------------------------------------------------------------

  void carry_out(core::effect::spawn& e) {
    BOOST_TEST_REQUIRE(e.run > last_spawned_, where());
    last_spawned_ = e.run;
    if (chance(5)) {
      pending_news_.push_back(core::event::start_failed{
          e.run, "could not start", false, chance(50)});
      return;
    }
    BOOST_TEST_REQUIRE((slot_ == phase::none || slot_ == phase::gated),
                       "spawned while a run is up, " << where());
    if (slot_ == phase::gated) // Killed before, and not yet reaped.
      BOOST_TEST_REQUIRE(condemned_, where());
    slot_ = phase::gated;
    slot_run_ = e.run;
    condemned_ = false;
    // A restart's record is the one of the end before it.
    if (saving_run_ != e.run)
      recorded_.insert(e.run);
    pending_news_.push_back(core::event::child_made{e.run, life_.facts()});
    ++runs;
  }
  void carry_out(core::effect::open_gate& e) {
    BOOST_TEST_REQUIRE(recorded_.count(e.run) == 1u, where());
    BOOST_TEST_REQUIRE(live_recorded_.count(e.run) == 1u, where());
    if (slot_ == phase::gated && slot_run_ == e.run)
      slot_ = phase::released;
  }
  void carry_out(core::effect::send_signal& e) {
    BOOST_TEST_REQUIRE((slot_ == phase::none || e.run <= slot_run_), where());
    // Nothing would start it again where the policy does not.
    BOOST_TEST_REQUIRE(
        (asked_ != 2 || stop_was_written_ || policy_ == restart_policy::no),
        "signalled before the stop was saved, " << where());
    if (slot_run_ == e.run)
      signalled_ = true;
  }
  void carry_out(core::effect::kill_tree& e) {
    if (slot_run_ == e.run)
      condemned_ = true;
  }
  void carry_out(core::effect::acknowledge& e) {
    BOOST_TEST_REQUIRE(saved_ends_.count(e.run) == 1u,
                       "acknowledged before it was saved, " << where());
    const auto again = !acknowledged_.insert(e.run).second;
    BOOST_TEST_REQUIRE(!again, "acknowledged twice, " << where());
    if (slot_ == phase::empty && slot_run_ == e.run)
      slot_ = phase::none;
  }

  core::event::child_ended end_news(bool empty) {
    return {slot_run_, {exit_, ended_at_, empty}};
  }

  /// One thing happens to the child, if there is one.
  void child_moves() {
    switch (slot_) {
    case phase::gated:
      if (condemned_) {
        slot_ = phase::none;
        news(core::event::start_failed{slot_run_, "called off"});
      }
      break;
    case phase::released:
      if (condemned_ || chance(10)) {
        slot_ = phase::none;
        news(core::event::start_failed{slot_run_, "no such program"});
      } else {
        slot_ = phase::running;
        news(core::event::child_started{slot_run_});
      }
      break;
    case phase::running: {
      if (!condemned_ && !signalled_ && chance(60))
        break;
      exit_ = chance(50) ? process_life::exited(chance(50) ? 0 : 1)
                         : process_life::killed(9);
      ended_at_ = life_.now;
      slot_ = !condemned_ && chance(30) ? phase::ended : phase::empty;
      if (slot_ == phase::empty)
        end_of_slot();
      news(end_news(slot_ == phase::empty));
      break;
    }
    case phase::ended:
      if (condemned_ || chance(20)) {
        slot_ = phase::empty;
        end_of_slot();
        news(end_news(true));
      }
      break;
    default:
      break;
    }
  }

  void end_of_slot() {
    ended_unsaved_.insert(slot_run_);
    signalled_ = condemned_ = false;
    ++ends;
  }

  void news(core::process_event what) {
    pending_news_.push_back(std::move(what));
  }
  void tell_news() {
    if (pending_news_.empty())
      return;
    auto what = std::move(pending_news_.front());
    pending_news_.pop_front();
    feed(std::move(what), "news");
  }

  // -- the timer --------------------------------------------------------------

  void carry_out(core::effect::arm_timer& e) {
    timers_.push_back({life_.now + e.delay, e.epoch});
  }
  void pass_time() {
    life_.now += std::chrono::milliseconds{below(8'000)};
    for (size_t i = 0; i < timers_.size();)
      if (timers_[i].first <= life_.now) {
        const auto epoch = timers_[i].second;
        timers_.erase(timers_.begin() + static_cast<long>(i));
        feed(core::event::timer{epoch}, "timer");
      } else {
        ++i;
      }
  }

  // -- the owner --------------------------------------------------------------

  void ask() {
    if (asked_ != 0)
      return; // The actor does one operation after the other.
    if (chance(50)) {
      asked_ = 1;
      wants_ = true;
      feed(core::event::start{}, "start");
    } else {
      asked_ = 2;
      wants_ = false;
      // What is being cleared away already has had its first signal.
      stop_was_written_ = life_.state() == "stopping";
      feed(core::event::stop{}, "stop");
    }
  }
  void carry_out(core::effect::start_finished&) {
    BOOST_TEST_REQUIRE(asked_ == 1, "a start nobody asked for, " << where());
    asked_ = 0;
  }
  void carry_out(core::effect::stop_finished& e) {
    BOOST_TEST_REQUIRE(asked_ == 2, "a stop nobody asked for, " << where());
    asked_ = 0;
    ++stops;
    if (e.outcome.ok())
      BOOST_TEST_REQUIRE(!core::is_up(life_.record().state), where());
  }

  void once() {
    switch (below(10)) {
    case 0:
      if (chance(40))
        ask();
      break;
    case 1:
    case 2:
    case 3:
      write_one();
      break;
    case 4:
    case 5:
      child_moves();
      break;
    case 6:
    case 7:
      tell_news();
      break;
    case 8:
      pass_time();
      break;
    default:
      // Something stale turns up.
      feed(core::event::timer{below(5)}, "stale timer");
      if (life_.run() > 0)
        feed(core::event::child_started{life_.run() - 1}, "stale news");
      break;
    }
    BOOST_TEST_REQUIRE(life_.record().wanted == wants_, where());
    history_.erase(0, history_.size() > 3000 ? history_.size() - 3000 : 0);
  }

  /// Nothing more is asked; everything comes to an end.
  void settle() {
    for (int i = 0; i < 400; ++i) {
      write_one();
      child_moves();
      tell_news();
      if (i % 4 == 0)
        pass_time();
    }
    BOOST_TEST(asked_ == 0, "never answered: " << asked_ << ", " << where());
    if (!wants_) {
      BOOST_TEST(!core::is_up(life_.record().state), where());
      BOOST_TEST((slot_ == phase::none || slot_ == phase::gated), where());
    }
    if (slot_ == phase::none || slot_ == phase::gated)
      for (auto run : ended_unsaved_)
        BOOST_TEST(acknowledged_.count(run) == 1u,
                   "run " << run << " was never acknowledged, " << where());
  }

  std::mt19937_64 random_;
  restart_policy policy_;
  process_life life_;
  int step_ = 0;
  std::string history_;
  std::deque<std::function<void(bool)>> writes_;
  std::deque<core::process_event> pending_news_;
  std::vector<std::pair<core::boot_time, uint64_t>> timers_;
  std::set<uint32_t> recorded_, live_recorded_, ended_unsaved_, saved_ends_,
      acknowledged_;
  uint32_t saving_run_ = 0;
  uint32_t last_spawned_ = 0;
  phase slot_ = phase::none;
  uint32_t slot_run_ = 0;
  bool condemned_ = false;
  bool signalled_ = false;
  bool stop_was_written_ = false;
  protocol::exit_info exit_;
  core::boot_time ended_at_{};
  int asked_ = 0;
  bool wants_ = true;
};

} // namespace

BOOST_AUTO_TEST_SUITE(process_machine)

BOOST_AUTO_TEST_CASE(no_sequence_of_events_breaks_its_promises) {
  int runs = 0;
  int ends = 0;
  int stops = 0;
  for (uint64_t seed = 1; seed <= 2'000; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      little_world world{seed};
      world.walk(300);
      runs += world.runs;
      ends += world.ends;
      stops += world.stops;
    }
  }
  // The walks do get somewhere.
  BOOST_TEST(runs > 5'000);
  BOOST_TEST(ends > 3'000);
  BOOST_TEST(stops > 3'000);
}

BOOST_AUTO_TEST_SUITE_END()
