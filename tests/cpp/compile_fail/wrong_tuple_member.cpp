// An observation whose second part is not of the type that is described.
#include "environment.hpp"

namespace PLYO_ENVS {
struct Mistaken : Correct {
  struct Observation {
    std::int64_t place;
    double speed[1];
  };
  static constexpr EnvInfo info{.summary = "A point on a line.",
                                .source = "this file",
                                .variants = variants(Variant{"Point-v0"}),
                                .observation = tuple(discrete(3), box<std::int64_t[1]>({"speed"})),
                                .action = discrete({"left", "right"})};
  static constexpr void observe(const State&, const Params&, Observation& out) { out = {}; }
};
}  // namespace PLYO_ENVS

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Mistaken>();
