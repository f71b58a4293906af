// A step that reads behind a table: the compile-time rollout of make_task finds it.
#include "environment.hpp"

namespace PLYO_ENVS {
struct Overreaching : Correct {
  static constexpr double kPushes[2] = {-0.1, 0.1};
  static constexpr Step step(State& s, const Action& action, const Params&) {
    s.velocity += kPushes[action + 1];
    s.position += s.velocity;
    return {0.0, false};
  }
};
}  // namespace PLYO_ENVS

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Overreaching>();
