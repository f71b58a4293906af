// An info that nothing describes.
#include "environment.hpp"

namespace PLYO_ENVS {
struct Secretive : Correct {
  struct Info {
    double chance;
  };
  static constexpr void inform(const State&, const Params&, Info& out) { out.chance = 0; }
};
}  // namespace PLYO_ENVS

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Secretive>();
