// A State with a copy constructor of its own cannot be kept as words.
#include "environment.hpp"

namespace PLYO_ENVS {
struct Copied : Correct {
  struct State {
    double position = 0, velocity = 0;
    constexpr State() = default;
    constexpr State(const State& other) : position(other.position), velocity(other.velocity) {}
    constexpr State& operator=(const State&) = default;
  };
  static constexpr void reset(State& s, Rng&, const Params&, const ResetOptions&) { s.position = 0; }
  static constexpr Step step(State& s, const Action&, const Params&) { return {s.position, false}; }
  static constexpr void observe(const State&, const Params&, Observation& out) { out[0] = out[1] = 0.0F; }
};
}  // namespace PLYO_ENVS

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Copied>();
