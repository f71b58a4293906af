// An observation of three elements, of which two are described.
#include "environment.hpp"

namespace PLYO_ENVS {
struct Unexplained : Correct {
  using Observation = float[3];
  static constexpr void observe(const State&, const Params&, Observation& out) {
    out[0] = out[1] = out[2] = 0.0F;
  }
};
}  // namespace PLYO_ENVS

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Unexplained>();
