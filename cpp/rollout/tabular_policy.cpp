#include "tabular_policy.hpp"

namespace plyo {

void TabularPolicy::prepare(const PolicyBatch& engine, std::size_t /*num_steps*/) {
  const std::string_view task = engine.config().task->name;
  const TableIndex index(engine.observation_space(), task);
  const LeafInfo& actions = table_actions(engine.action_space(), task);
  if (choices_.size() != index.size()) {
    throw std::invalid_argument(
        text("the table has ", choices_.size(), " entries, ", task, " has ", index.size(), " observations"));
  }
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    if (choices_[i] >= 0 && static_cast<std::size_t>(choices_[i]) < actions.size) continue;
    throw std::invalid_argument(text("entry ", i, " of the table is action ", choices_[i], ", ", task,
                                     " has actions 0 to ", actions.size - 1));
  }
  index_ = index;
  num_actions_ = static_cast<std::int64_t>(actions.size);
  start_ = actions.start;
  if (epsilon_ > 0) start_streams(seed_, engine.num_envs());
}

ConstLeaves TabularPolicy::act(const PolicyTile& tile) {
  auto* const actions = static_cast<std::int64_t*>(tile.actions.at[0]);
  for (std::size_t i = 0; i < tile.count; ++i) {
    actions[i] = start_ + choices_[index_.at(tile.observations, i)];
  }
  if (!(epsilon_ > 0)) return tile.actions;
  for (std::size_t i = 0; i < tile.count; ++i) {
    Rng& stream = streams()[tile.first_lane + i];
    if (stream.next_double() < epsilon_) actions[i] = start_ + stream.integers(0, num_actions_);
  }
  return tile.actions;
}

}  // namespace plyo
