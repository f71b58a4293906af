#include "episode_clock.hpp"

#include "../core/env_info.hpp"

namespace plyo {
namespace {

void advance_rows(const EpisodeRows& rows, std::size_t count, std::int32_t limit) {
  // bytes may alias anything, which hides from the compiler that the arrays do not overlap
  std::int32_t* PLYO_RESTRICT const elapsed = rows.elapsed;
  std::uint8_t* PLYO_RESTRICT const status = rows.status;
  double* PLYO_RESTRICT const returns = rows.returns;
  const double* PLYO_RESTRICT const rewards = rows.rewards;
  const std::uint8_t* PLYO_RESTRICT const terminated = rows.terminated;
  std::uint8_t* PLYO_RESTRICT const truncated = rows.truncated;
  const bool limited = limit != kNoTimeLimit;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t now = next_tick(elapsed[i]);
    elapsed[i] = now;
    truncated[i] = static_cast<std::uint8_t>((now >= limit) & limited);
  }
  for (std::size_t i = 0; i < count; ++i) status[i] = status_after(terminated[i], truncated[i]);
  for (std::size_t i = 0; i < count; ++i) returns[i] += rewards[i];
}

struct EpisodeTable {
  AdvanceEpisodes advance;
};
template <Isa kIsa>
struct EpisodeTableFor {
  static constexpr EpisodeTable table{compiled_for<kIsa, &advance_rows>()};
};
constexpr ByIsa<EpisodeTable> kEpisodeTables = every_isa<EpisodeTable, EpisodeTableFor>();

}  // namespace

AdvanceEpisodes advance_episodes(Isa isa) { return kEpisodeTables.find(isa)->advance; }

}  // namespace plyo
