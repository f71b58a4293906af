// An environment that cannot be stepped.
#include "environment.hpp"

namespace PLYO_ENVS {
struct Stepless : Correct {
  static constexpr Step step(State&) { return {}; }  // hides the right one
};
}  // namespace PLYO_ENVS

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Stepless>();
