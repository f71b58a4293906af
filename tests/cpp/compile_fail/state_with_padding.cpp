// A State with four bytes behind its last member that nobody sets.
#include "environment.hpp"

namespace PLYO_ENVS {

struct Padded : Correct {
  struct State {
    double position, velocity;
    float temperature;
  };
  static constexpr void reset(State& s, Rng& rng, const Params&, const ResetOptions&) {
    s.position = rng.uniform(-1.0, 1.0);
  }
  static constexpr Step step(State& s, const Action&, const Params&) { return {s.position, false}; }
  static constexpr void observe(const State& s, const Params&, Observation& out) {
    out[0] = static_cast<float>(s.position);
  }
};

}  // namespace PLYO_ENVS

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Padded>();
