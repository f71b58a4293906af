#include "py_engine.hpp"

#include <optional>

#include "../engine/errors.hpp"
#include "convert.hpp"
#include "gil.hpp"

namespace plyo::bindings {
namespace {

AutoresetMode to_autoreset_mode(const std::string& name) {
  if (name == "next_step") return AutoresetMode::kNextStep;
  if (name == "same_step") return AutoresetMode::kSameStep;
  if (name == "disabled") return AutoresetMode::kDisabled;
  if (name == "none") return AutoresetMode::kNone;
  throw py::value_error("autoreset_mode must be 'next_step', 'same_step' or 'disabled', got '" + name + "'");
}

EngineConfig make_config(const std::string& task, std::size_t num_envs, const py::dict& params,
                         const std::string& math, const std::string& autoreset_mode, int max_episode_steps,
                         int num_threads, bool record_statistics) {
  EngineConfig config;
  config.task = find_task(task);
  if (config.task == nullptr) throw py::value_error("there is no native task '" + task + "'");
  if (math != "fast" && math != "reference") {
    throw py::value_error("math must be 'fast' or 'reference', got '" + math + "'");
  }
  config.num_envs = num_envs;
  config.math = math == "fast" ? Math::kFast : Math::kReference;
  config.autoreset_mode = to_autoreset_mode(autoreset_mode);
  config.max_episode_steps = max_episode_steps;
  config.num_threads = num_threads;
  config.record_episode_times = record_statistics;
  config.params = to_params(params, config.task->fast.info->params, task);
  return config;
}

// Releases the GIL if the condition holds.
class MaybeRelease {
 public:
  explicit MaybeRelease(bool release) {
    if (release) release_.emplace();
  }

 private:
  std::optional<GilRelease> release_;
};

// An object array of the lanes' own copies of their rows, None where no episode ended.
py::object final_observation_array(const py::array& rows, const std::uint8_t* ended) {
  const py::ssize_t num_lanes = rows.shape(0);
  const py::ssize_t size = rows.shape(1);
  const py::object result = py::module_::import("numpy").attr("full")(num_lanes, py::none(), py::dtype("O"));
  auto** const slots = static_cast<PyObject**>(data_of(py::reinterpret_borrow<py::array>(result)));
  const auto* const data = static_cast<const std::byte*>(rows.data());
  for (py::ssize_t lane = 0; lane < num_lanes; ++lane) {
    if (ended[lane] == 0) continue;
    py::object row = copy_to_array(rows.dtype(), {size}, data + lane * rows.strides(0));
    Py_DECREF(slots[lane]);
    slots[lane] = row.release().ptr();
  }
  return result;
}

}  // namespace

PyEngine::PyEngine(const std::string& task, std::size_t num_envs, const py::dict& params,
                   const std::string& math, const std::string& autoreset_mode, int max_episode_steps,
                   int num_threads, bool record_statistics)
    : engine_(make_config(task, num_envs, params, math, autoreset_mode, max_episode_steps, num_threads,
                          record_statistics)),
      pool_(BufferPool::create()),
      records_statistics_(record_statistics) {}

void PyEngine::check_lane(std::size_t lane) const {
  if (lane < engine_.num_envs()) return;
  throw py::index_error(text("environment ", lane, " is out of range: the batch has environments 0 to ",
                             engine_.num_envs() - 1));
}

// Giving the GIL away costs more than stepping a few lanes.
bool PyEngine::worth_releasing() const { return engine_.num_envs() >= 128; }

Shape PyEngine::batch_shape(const SpaceInfo& space) const {
  Shape shape{static_cast<py::ssize_t>(engine_.num_envs())};
  if (space.kind == SpaceKind::kBox) shape.push_back(static_cast<py::ssize_t>(space.size));
  return shape;
}

py::array PyEngine::output(const py::object& given, std::size_t i, const char* name, py::handle dtype,
                           const Shape& shape) {
  if (given.is_none()) return make_array(*pool_, dtype, shape);
  const py::object array = given[py::int_(i)];
  return array.is_none() ? make_array(*pool_, dtype, shape) : check_output(array, dtype, shape, name);
}

// ---- the whole batch ----

py::array PyEngine::reset(const py::object& seed, const py::dict& options, const py::object& mask,
                          const py::object& out) {
  const Seeds seeds = to_seeds(seed, engine_.num_envs());
  const NamedValues values = to_options(options, engine_.info().reset_options, engine_.config().task->name);
  const SpaceInfo& space = engine_.info().observation;
  const py::array observations =
      out.is_none() ? make_array(*pool_, dtype_of(space.dtype), batch_shape(space))
                    : check_output(out, dtype_of(space.dtype), batch_shape(space), "observations");
  py::array_t<bool> contiguous_mask;
  if (!mask.is_none())
    contiguous_mask = py::array_t<bool, py::array::c_style>(py::reinterpret_borrow<py::array>(mask));
  const auto* const mask_bytes =
      mask.is_none() ? nullptr : reinterpret_cast<const std::uint8_t*>(contiguous_mask.data());
  const MaybeRelease release(worth_releasing());
  engine_.reset(seeds, mask_bytes, values, data_of(observations));
  return observations;
}

py::tuple PyEngine::step(const py::handle& actions, const py::object& out) {
  const SpaceInfo& space = engine_.info().observation;
  const py::array checked = to_actions(actions, engine_.info().action, engine_.num_envs());
  if (!out.is_none() && (!py::isinstance<py::sequence>(out) || py::len(out) != 4)) {
    throw py::type_error(
        "out must be (observations, rewards, terminated, truncated), each an array or None, got " +
        std::string(py::repr(out)));
  }
  const Shape flat{static_cast<py::ssize_t>(engine_.num_envs())};
  const py::array observations = output(out, 0, "observations", dtype_of(space.dtype), batch_shape(space));
  const py::array rewards = output(out, 1, "rewards", float64_dtype(), flat);
  const py::array terminated = output(out, 2, "terminated", bool_dtype(), flat);
  const py::array truncated = output(out, 3, "truncated", bool_dtype(), flat);
  if (!out.is_none()) {
    check_disjoint({{"actions", checked},
                    {"observations", observations},
                    {"rewards", rewards},
                    {"terminated", terminated},
                    {"truncated", truncated}});
  }

  StepArrays arrays{.observations = data_of(observations),
                    .rewards = static_cast<double*>(data_of(rewards)),
                    .terminated = static_cast<std::uint8_t*>(data_of(terminated)),
                    .truncated = static_cast<std::uint8_t*>(data_of(truncated))};
  py::array final_observations, returns, lengths, times;
  if (engine_.config().autoreset_mode == AutoresetMode::kSameStep) {
    final_observations = make_array(*pool_, dtype_of(space.dtype), batch_shape(space));
    arrays.final_observations = data_of(final_observations);
  }
  if (records_statistics_) {
    returns = make_array(*pool_, float64_dtype(), flat);
    lengths = make_array(*pool_, int64_dtype(), flat);
    times = make_array(*pool_, float64_dtype(), flat);
    arrays.episode_returns = static_cast<double*>(data_of(returns));
    arrays.episode_lengths = static_cast<std::int64_t*>(data_of(lengths));
    arrays.episode_times = static_cast<double*>(data_of(times));
  }
  bool any_ended = false;
  {
    const MaybeRelease release(worth_releasing());
    any_ended = engine_.step(checked.data(), arrays);
  }
  py::dict info =
      any_ended ? step_info(terminated, truncated, final_observations, returns, lengths, times) : py::dict();
  return py::make_tuple(observations, rewards, terminated, truncated, std::move(info));
}

py::dict PyEngine::step_info(const py::array& terminated, const py::array& truncated,
                             const py::array& final_observations, const py::array& returns,
                             const py::array& lengths, const py::array& times) {
  const py::array ended =
      make_array(*pool_, bool_dtype(), Shape{static_cast<py::ssize_t>(engine_.num_envs())});
  auto* const ended_bytes = static_cast<std::uint8_t*>(data_of(ended));
  const auto* const terminated_bytes = static_cast<const std::uint8_t*>(terminated.data());
  const auto* const truncated_bytes = static_cast<const std::uint8_t*>(truncated.data());
  for (std::size_t i = 0; i < engine_.num_envs(); ++i)
    ended_bytes[i] = terminated_bytes[i] | truncated_bytes[i];
  py::dict info;
  if (engine_.config().autoreset_mode == AutoresetMode::kSameStep) {
    info["final_obs"] = final_observation_array(final_observations, ended_bytes);
    info["_final_obs"] = ended;
    info["final_info"] = py::dict();
    info["_final_info"] = ended.attr("copy")();
  }
  if (records_statistics_) {
    py::dict episode;
    episode["r"] = returns;
    episode["l"] = lengths;
    episode["t"] = times;
    info["episode"] = episode;
    info["_episode"] = ended.attr("copy")();
  }
  return info;
}

py::array PyEngine::observe() {
  const SpaceInfo& space = engine_.info().observation;
  const py::array observations = make_array(*pool_, dtype_of(space.dtype), batch_shape(space));
  const MaybeRelease release(worth_releasing());
  engine_.observe(data_of(observations));
  return observations;
}

py::bytes PyEngine::get_state(const std::vector<std::size_t>& lanes) {
  for (const std::size_t lane : lanes) check_lane(lane);
  const std::vector<std::byte> snapshot = engine_.save(lanes);
  return py::bytes(reinterpret_cast<const char*>(snapshot.data()), snapshot.size());
}

void PyEngine::set_state(const py::bytes& state, const std::vector<std::size_t>& lanes) {
  for (const std::size_t lane : lanes) check_lane(lane);
  engine_.restore(bytes_view(state), lanes);
}

// ---- a single environment ----

void PyEngine::read_action(const py::handle& action, void* row) const {
  const SpaceInfo& space = engine_.info().action;
  if (space.kind == SpaceKind::kDiscrete) {
    const bool is_index = PyIndex_Check(action.ptr()) != 0;
    const std::int64_t value = is_index ? PyNumber_AsSsize_t(action.ptr(), nullptr) : -1;
    if (PyErr_Occurred() != nullptr) PyErr_Clear();
    if (!is_index || value < 0 || value >= static_cast<std::int64_t>(space.size)) {
      // Gymnasium's text, and the legal range
      throw InvalidAction(text(std::string(py::repr(action)), " (",
                               std::string(py::str(py::type::handle_of(action))),
                               ") invalid: an action is an integer from 0 to ", space.size - 1));
    }
    *static_cast<std::int64_t*>(row) = value;
    return;
  }
  // a row of the right type as it is, anything else through NumPy
  const py::object given = py::reinterpret_borrow<py::object>(action);
  if (py::isinstance<py::array>(given)) {
    const auto array = py::reinterpret_borrow<py::array>(given);
    if (array.dtype().is(float32_dtype()) && array.ndim() == 1 &&
        array.shape(0) == static_cast<py::ssize_t>(space.size) && array.strides(0) == 4) {
      std::memcpy(row, array.data(), space.bytes_per_lane());
      return;
    }
  }
  py::array array;
  try {
    array = py::module_::import("numpy").attr("asarray")(given);
  } catch (const py::error_already_set&) {
    array = py::array(py::dtype("O"), Shape{});
  }
  const char kind = array.dtype().kind();
  if ((kind != 'f' && kind != 'i' && kind != 'u') || array.ndim() != 1 ||
      array.shape(0) != static_cast<py::ssize_t>(space.size)) {
    throw InvalidAction(
        text(std::string(py::repr(action)), " (", std::string(py::str(py::type::handle_of(action))),
             ") invalid: an action is an array of shape (", space.size, ",) and dtype float32"));
  }
  const py::array converted = convert_array(array, float32_dtype());
  std::memcpy(row, converted.data(), space.bytes_per_lane());
}

std::vector<std::byte> PyEngine::action_bytes(const py::handle& action) const {
  std::vector<std::byte> row(engine_.info().action.bytes_per_lane());
  read_action(action, row.data());
  engine_.check_action_rows(row.data(), 1);
  return row;
}

py::object PyEngine::reset_one(const py::object& seed, const py::dict& options) {
  Seeds seeds;
  if (!seed.is_none()) seeds.base = to_seed(seed);
  const NamedValues values = to_options(options, engine_.info().reset_options, engine_.config().task->name);
  const SpaceInfo& space = engine_.info().observation;
  alignas(8) std::byte row[SpaceInfo::kMaxElements * 8];
  engine_.reset(seeds, nullptr, values, row);
  warned_past_end_ = false;
  return copy_to_array(dtype_of(space.dtype), {static_cast<py::ssize_t>(space.size)}, row);
}

py::tuple PyEngine::step_one(const py::handle& action) {
  const EnvInfo& info = engine_.info();
  alignas(8) std::byte action_row[SpaceInfo::kMaxElements * 8];
  alignas(8) std::byte observation_row[SpaceInfo::kMaxElements * 8];
  read_action(action, action_row);
  double reward = 0;
  std::uint8_t terminated = 0, truncated = 0;
  double episode_return = 0, episode_time = 0;
  std::int64_t episode_length = 0;
  StepArrays arrays{.observations = observation_row,
                    .rewards = &reward,
                    .terminated = &terminated,
                    .truncated = &truncated};
  if (records_statistics_) {
    arrays.episode_returns = &episode_return;
    arrays.episode_lengths = &episode_length;
    arrays.episode_times = &episode_time;
  }
  const bool past_end = engine_.was_terminated(0);
  engine_.step(action_row, arrays);
  if (past_end && terminated != 0 && !warned_past_end_ && engine_.has_reward_past_end()) {
    warned_past_end_ = true;
    py::module_::import("plyo.logger")
        .attr("warn")(
            "You are calling 'step()' even though this environment has already returned terminated = True. "
            "You should "
            "always call 'reset()' once you receive 'terminated = True' -- any further steps are undefined "
            "behavior.");
  }
  py::dict infos;
  if (records_statistics_ && (terminated | truncated) != 0) {
    py::dict episode;
    episode["r"] = episode_return;
    episode["l"] = episode_length;
    episode["t"] = episode_time;
    infos["episode"] = episode;
  }
  py::object reward_object = py::float_(reward);
  if (info.reward_type == RewardType::kNumpyFloat64) {
    reward_object = py::module_::import("numpy").attr("float64")(reward_object);
  }
  return py::make_tuple(copy_to_array(dtype_of(info.observation.dtype),
                                      {static_cast<py::ssize_t>(info.observation.size)}, observation_row),
                        std::move(reward_object), py::bool_(terminated != 0), py::bool_(truncated != 0),
                        std::move(infos));
}

// ---- one lane ----

py::bytes PyEngine::state_words(std::size_t lane) {
  check_lane(lane);
  const std::vector<std::byte> words = engine_.state_words(lane);
  return py::bytes(reinterpret_cast<const char*>(words.data()), words.size());
}

void PyEngine::set_state_words(std::size_t lane, const py::bytes& words) {
  check_lane(lane);
  engine_.set_state_words(lane, bytes_view(words));
}

py::array_t<double> PyEngine::variables(std::size_t lane) {
  check_lane(lane);
  const std::vector<double> values = engine_.variables(lane);
  return py::array_t<double>(static_cast<py::ssize_t>(values.size()), values.data());
}

void PyEngine::set_variables(std::size_t lane, const py::array_t<double, py::array::c_style>& values) {
  check_lane(lane);
  engine_.set_variables(lane, {values.data(), static_cast<std::size_t>(values.size())});
}

std::optional<std::int32_t> PyEngine::elapsed_steps(std::size_t lane) {
  check_lane(lane);
  return engine_.elapsed_steps(lane);
}

namespace {

py::int_ wide_integer(std::uint64_t high, std::uint64_t low) {
  return py::int_((py::int_(high) << py::int_(64)) | py::int_(low));
}

std::pair<std::uint64_t, std::uint64_t> split_integer(const py::object& integer) {
  const py::object mask = py::int_(~std::uint64_t{0});
  return {py::cast<std::uint64_t>(py::int_((integer >> py::int_(64)) & mask)),
          py::cast<std::uint64_t>(py::int_(integer & mask))};
}

}  // namespace

py::dict PyEngine::stream_state(std::size_t lane) {
  check_lane(lane);
  const Engine::Exclusive guard = engine_.exclusive();
  const Rng::State& state = engine_.rng(lane).state();
  py::dict inner, result;
  inner["state"] = wide_integer(state.state_high, state.state_low);
  inner["inc"] = wide_integer(state.increment_high, state.increment_low);
  result["bit_generator"] = "PCG64";
  result["state"] = inner;
  result["has_uint32"] = static_cast<int>(state.has_uint32);
  result["uinteger"] = state.uinteger;
  return result;
}

void PyEngine::set_stream_state(std::size_t lane, const py::dict& state) {
  check_lane(lane);
  if (py::cast<std::string>(state["bit_generator"]) != "PCG64") {
    throw py::value_error("the random stream of an environment is a PCG64, got " +
                          std::string(py::repr(state)));
  }
  const py::object inner = state["state"];
  const auto [state_high, state_low] = split_integer(inner["state"]);
  const auto [increment_high, increment_low] = split_integer(inner["inc"]);
  const Rng::State stream{state_high,
                          state_low,
                          increment_high,
                          increment_low | 1,
                          py::cast<std::uint32_t>(state["has_uint32"]),
                          py::cast<std::uint32_t>(state["uinteger"])};
  const Engine::Exclusive guard = engine_.exclusive();
  engine_.rng(lane).set_state(stream);
}

py::int_ PyEngine::entropy() const {
  py::object result = py::int_(0);
  const SeedWords& words = engine_.entropy();
  for (std::size_t i = words.size(); i-- > 0;) result = (result << py::int_(32)) | py::int_(words[i]);
  return py::int_(result);
}

}  // namespace plyo::bindings
