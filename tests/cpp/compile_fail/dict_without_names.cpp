// A Dict with a part that has no name.
#include "environment.hpp"

namespace PLYO_ENVS {
struct Mistaken : Correct {
  struct Observation {
    std::int64_t place, speed;
  };
  static constexpr EnvInfo info{.summary = "A point on a line.",
                                .source = "this file",
                                .variants = variants(Variant{"Point-v0"}),
                                .observation = dict(named("place", discrete(3)), discrete(4)),
                                .action = discrete({"left", "right"})};
  static constexpr void observe(const State&, const Params&, Observation& out) { out = {}; }
};
}  // namespace PLYO_ENVS

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Mistaken>();
