// A float32 that is to be a float of Python, whose arrays are of float64.
#include "environment.hpp"

namespace PLYO_ENVS {
struct Narrow : Correct {
  struct Info {
    float chance;
  };
  static constexpr EnvInfo info = [] {
    EnvInfo made = Correct::info;
    made.infos = report(reported<float>("chance", "of a fall"));
    return made;
  }();
  static constexpr void inform(const State&, const Params&, Info& out) { out.chance = 0; }
};
}  // namespace PLYO_ENVS

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Narrow>();
