// A table without a member of Params that refers to it.
#include "environment.hpp"

namespace PLYO_ENVS {
struct Homeless : Correct {
  using Cell = double;
  static constexpr std::size_t table_size(const Params&) { return 3; }
  static constexpr void fill_table(const Params&, Cell* cells) { cells[0] = 1; }
};
}  // namespace PLYO_ENVS

constexpr plyo::TaskBuild kBuild = plyo::make_task<PLYO_ENVS::Homeless>();
