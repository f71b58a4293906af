// PyEngine: the only lane of a single environment, in Gymnasium's types.
#include "../engine/errors.hpp"
#include "convert.hpp"
#include "py_engine.hpp"

namespace plyo::bindings {

std::vector<std::byte> PyEngine::action_bytes(const py::handle& action) const {
  const RowSizes& sizes = engine_.action_sizes();
  const OneRow<kMaxLeaves> row(sizes);
  read_action(action, engine_.action_space(), row.leaves());
  try {
    engine_.check_action_rows(row.leaves(), 1);
  } catch (const InvalidAction& error) {
    throw with_given_value(error, action, engine_.action_space());
  }
  engine_.flush_denormals(row.leaves(), 1);
  std::vector<std::byte> bytes;
  for (std::size_t k = 0; k < sizes.count; ++k) {
    const auto* const part = static_cast<const std::byte*>(row.leaves().at[k]);
    bytes.insert(bytes.end(), part, part + sizes.bytes[k]);
  }
  return bytes;
}

py::tuple PyEngine::reset_one(const py::object& seed, const py::dict& options, const py::list& params) {
  Seeds seeds;
  if (!seed.is_none()) seeds.base = to_seed(seed);
  const NamedValues values = to_options(options, engine_.info().reset_options, engine_.config().task->name);
  const OneRow<kMaxLeaves> observation(engine_.observation_sizes());
  const OneRow<kMaxInfos> info(engine_.info_sizes());
  std::optional<ValueStore> store;
  const ParamRequest request = masked_request(params, nullptr, store);
  const auto detach = [&] { streams_.detach(seeds, nullptr); };
  const FunctionRef<void()> before(detach);
  engine_.reset(seeds, nullptr, values, observation.leaves(), info.leaves(), request, &before);
  warned_past_end_ = false;
  return py::make_tuple(row_object(engine_.observation_space(), observation.leaves(), 0),
                        lane_info(info.leaves(), true));
}

namespace {

py::object reward_object(double reward, RewardType type) {
  switch (type) {
    case RewardType::kFloat:
      return py::float_(reward);
    case RewardType::kInt:
      return py::int_(static_cast<std::int64_t>(reward));
    case RewardType::kNumpyFloat64:
      return py::module_::import("numpy").attr("float64")(reward);
    case RewardType::kNumpyFloat32:
      break;
  }
  return py::module_::import("numpy").attr("float32")(reward);
}

void warn_past_end() {
  py::module_::import("plyo.logger")
      .attr("warn")(
          "You are calling 'step()' even though this environment has already returned terminated = True. "
          "You should "
          "always call 'reset()' once you receive 'terminated = True' -- any further steps are undefined "
          "behavior.");
}

}  // namespace

py::tuple PyEngine::step_one(const py::handle& action) {
  const OneRow<kMaxLeaves> action_row(engine_.action_sizes()), observation(engine_.observation_sizes());
  const OneRow<kMaxInfos> info(engine_.info_sizes());
  read_action(action, engine_.action_space(), action_row.leaves());
  double reward = 0;
  std::uint8_t terminated = 0, truncated = 0;
  double episode_return = 0, episode_time = 0;
  std::int64_t episode_length = 0;
  StepArrays arrays{.observations = observation.leaves(),
                    .rewards = &reward,
                    .terminated = &terminated,
                    .truncated = &truncated,
                    .infos = engine_.infos().size() > 0 ? &info.leaves() : nullptr};
  if (records_statistics_) {
    arrays.episode_returns = &episode_return;
    arrays.episode_lengths = &episode_length;
    arrays.episode_times = &episode_time;
  }
  const bool past_end = engine_.was_terminated(0);
  try {
    engine_.step_own(action_row.leaves(), arrays);
  } catch (const InvalidAction& error) {
    throw with_given_value(error, action, engine_.action_space());
  }
  if (past_end && terminated != 0 && !warned_past_end_ && engine_.has_reward_past_end()) {
    warned_past_end_ = true;
    warn_past_end();
  }
  py::dict infos = lane_info(info.leaves(), false);
  if (records_statistics_ && (terminated | truncated) != 0) {
    py::dict episode;
    episode["r"] = episode_return;
    episode["l"] = episode_length;
    episode["t"] = episode_time;
    infos["episode"] = episode;
  }
  return py::make_tuple(row_object(engine_.observation_space(), observation.leaves(), 0),
                        reward_object(reward, engine_.reward_type()), py::bool_(terminated != 0),
                        py::bool_(truncated != 0), std::move(infos));
}

}  // namespace plyo::bindings
