// A World that no snapshot can hold.
#include "environment.hpp"

namespace PLYO_ENVS {

struct Unsaved {
  class World {
   public:
    explicit World(const NoParams&) {}
    double position = 0;
  };
  using Params = NoParams;
  using ResetOptions = NoResetOptions;
  using Action = std::int32_t;
  using Observation = float[2];
  static constexpr const EnvInfo& info = Correct::info;
  static void reset(World& world, Rng& rng, const Params&, const ResetOptions&) {
    world.position = rng.uniform(-1.0, 1.0);
  }
  static Step step(World& world, const Action&, const Params&) { return {world.position, false}; }
  static void observe(const World& world, const Params&, Observation& out) {
    out[0] = static_cast<float>(world.position);
  }
};

}  // namespace PLYO_ENVS

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Unsaved>();
