// The counters of where the time of a batch goes.
#include <chrono>
#include <cmath>
#include <cstddef>

#include "check.hpp"
#include "engine/profile.hpp"

using plyo::Phase;
using plyo::PhaseClock;
using plyo::Profile;

PLYO_TEST(profile_measures_one_piece_of_many) {
  Profile profile;
  profile.start();
  PhaseClock clock(&profile, 2, 5);
  int measured = 0;
  for (int i = 0; i < 50; ++i) measured += clock.next() != nullptr ? 1 : 0;
  CHECK(measured == 10);
  CHECK(PhaseClock(nullptr, 1, 5).next() == nullptr);
}

PLYO_TEST(profile_of_few_steps_of_a_rollout_measures_one) {
  Profile profile;
  profile.start();
  for (std::size_t num_steps : {1, 2, 63, 64, 65, 200}) {
    PhaseClock clock = PhaseClock::of_steps(&profile, 1, 10, num_steps);
    std::size_t measured = 0;
    for (std::size_t t = 0; t < num_steps; ++t) measured += clock.next() != nullptr ? 1 : 0;
    CHECK(measured == (num_steps <= 64 + 126 ? 1 : 2));
  }
}

PLYO_TEST(profile_of_calls_of_several_threads_wait_for_what_nobody_does) {
  Profile profile;
  profile.start();
  {
    const Profile::Call call(&profile, 2, Profile::kAlways, 7);
    PhaseClock clock(call.measured(), call.weight());
    clock.enter(Phase::kKernel);
    const Profile::Clock::time_point start = Profile::Clock::now();
    while (Profile::Clock::now() - start < std::chrono::milliseconds(2)) {
    }
  }
  profile.stop();
  const Profile::Reading reading = profile.read();
  CHECK(reading.num_calls == 1);
  CHECK(reading.num_steps == 7);
  const double kernel = reading.seconds[static_cast<std::size_t>(Phase::kKernel)];
  const double waiting = reading.seconds[static_cast<std::size_t>(Phase::kWaiting)];
  CHECK(kernel >= 0.0019);
  CHECK(waiting >= 0.0019);
  CHECK(reading.native <= reading.elapsed);
  CHECK(std::abs(2 * reading.native - kernel - waiting) < 1e-6);
}
