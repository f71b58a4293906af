#include "py_engine.hpp"

#include <cstring>
#include <optional>

#include "../engine/errors.hpp"
#include "convert.hpp"
#include "gil.hpp"
#include "mujoco_model.hpp"
#include "pictures.hpp"

namespace plyo::bindings {
namespace {

AutoresetMode to_autoreset_mode(const std::string& name) {
  if (name == "next_step") return AutoresetMode::kNextStep;
  if (name == "same_step") return AutoresetMode::kSameStep;
  if (name == "disabled") return AutoresetMode::kDisabled;
  if (name == "none") return AutoresetMode::kNone;
  throw py::value_error("autoreset_mode must be 'next_step', 'same_step' or 'disabled', got '" + name + "'");
}

// Takes an option of the engine out of those that Python gives.
template <typename T>
T take(const py::dict& options, const char* name) {
  if (!options.contains(name)) throw py::type_error(text("an engine needs the option ", name));
  auto value = py::cast<T>(options[name]);
  if (PyDict_DelItemString(options.ptr(), name) != 0) throw py::error_already_set();
  return value;
}

bool take_float_rewards(const py::dict& options) {
  const auto dtype = take<std::string>(options, "reward_dtype");
  if (dtype != "float64" && dtype != "float32") {
    throw py::value_error("reward_dtype must be 'float64' or 'float32', got '" + dtype + "'");
  }
  return dtype == "float32";
}

// `store` holds what the task's arguments refer to until the engine has made them its own.
EngineConfig make_config(const std::string& task, std::size_t num_envs, const py::dict& params,
                         const py::dict& options, const py::object& resource, ValueStore&& store) {
  EngineConfig config;
  config.task = Registry::shared().find(task);
  if (config.task == nullptr) throw py::value_error("there is no native task '" + task + "'");
  const auto math = take<std::string>(options, "math");
  if (math != "fast" && math != "reference") {
    throw py::value_error("math must be 'fast' or 'reference', got '" + math + "'");
  }
  config.num_envs = num_envs;
  config.math = math == "fast" ? Math::kFast : Math::kReference;
  config.autoreset_mode = to_autoreset_mode(take<std::string>(options, "autoreset_mode"));
  config.max_episode_steps = take<int>(options, "max_episode_steps");
  config.num_threads = take<int>(options, "num_threads");
  config.record_episode_times = take<bool>(options, "record_statistics");
  config.params = to_params(params, config.task->fast.info->params, config.task->name, store);
  const auto pixels = take<py::object>(options, "pixels");
  if (!pixels.is_none()) config.pixels = to_pixel_config(py::cast<py::dict>(pixels));
  if (!resource.is_none()) {
    const std::shared_ptr<const mujoco::Model> model = py::cast<MujocoModel&>(resource).model();
    config.resource = model;
    config.numbers = model->numbers().all();
  }
  if (!options.empty()) {
    throw py::type_error(text("an engine knows no option ", py::cast<std::string>(options.begin()->first)));
  }
  return config;
}

// A copy of the mask of a reset, which another thread may write meanwhile; empty without one.
std::vector<std::uint8_t> to_mask(const py::object& mask, std::size_t num_envs) {
  if (mask.is_none()) return {};
  const auto bools = py::array_t<bool, py::array::c_style>(py::reinterpret_borrow<py::array>(mask));
  if (static_cast<std::size_t>(bools.size()) != num_envs) {
    throw py::value_error(text("the mask of a reset must have ", num_envs, " elements, got ", bools.size()));
  }
  return {bools.data(), bools.data() + bools.size()};
}

// The inputs and outputs of a reset must not overlap.
void check_apart(const ArrayList& observations, const py::object& mask) {
  std::vector<std::pair<const char*, py::array>> all;
  for (const py::array& array : observations) all.emplace_back("observations", array);
  if (!mask.is_none()) all.emplace_back("reset_mask", py::reinterpret_borrow<py::array>(mask));
  check_disjoint(all);
}

}  // namespace

PyEngine::PyEngine(const std::string& task, std::size_t num_envs, const py::dict& params,
                   const py::dict& options)
    : PyEngine(task, num_envs, params, options, take<py::object>(options, "resource"),
               take_float_rewards(options)) {}

PyEngine::PyEngine(const std::string& task, std::size_t num_envs, const py::dict& params,
                   const py::dict& options, const py::object& resource, bool float_rewards)
    : PyEngine(make_config(task, num_envs, params, options, resource, ValueStore()), resource,
               float_rewards) {}

PyEngine::PyEngine(const EngineConfig& config, py::object resource, bool float_rewards)
    : resource_(std::move(resource)),
      engine_(config),
      pool_(BufferPool::create()),
      records_statistics_(config.record_episode_times),
      float_rewards_(float_rewards),
      info_names_(interned_names(engine_.infos(), "")),
      mask_names_(interned_names(engine_.infos(), "_")) {}

void PyEngine::reproduce(std::size_t lane, MujocoModel& model) {
  check_lane(lane);
  engine_.reproduce(lane, model.model().get());
}

void PyEngine::go_live(MujocoModel& model) {
  if (engine_.num_envs() != 1) throw py::value_error("only a single environment can live in an mjData");
  const Engine::Exclusive guard = engine_.exclusive();
  py::cast<MujocoModel&>(resource_).become_live(model);
}

void PyEngine::look_again(std::size_t lane) {
  check_lane(lane);
  engine_.look_again(lane);
}

void PyEngine::draw_start(std::size_t lane) {
  check_lane(lane);
  engine_.draw_start(lane);
}

void PyEngine::set_goal(std::size_t lane, const py::array_t<double, py::array::c_style>& goal) {
  check_lane(lane);
  if (goal.ndim() != 1) {
    throw py::value_error(
        text("the goal of environment ", lane, " must be an array of one dimension, got ", goal.ndim()));
  }
  engine_.set_goal(lane, {goal.data(), static_cast<std::size_t>(goal.size())});
}

void PyEngine::check_lane(std::size_t lane) const {
  if (lane < engine_.num_envs()) return;
  throw py::index_error(text("environment ", lane, " is out of range: the batch has environments 0 to ",
                             engine_.num_envs() - 1));
}

// Giving the GIL away costs more than stepping a few lanes.
bool PyEngine::worth_releasing(std::size_t num_lanes) const {
  return num_lanes >= 128 || engine_.config().pixels;
}

py::array PyEngine::output(const py::object& given, std::size_t i, const char* name, py::handle dtype,
                           const Shape& shape) {
  if (given.is_none()) return make_array(*pool_, dtype, shape);
  const py::object array = given[py::int_(i)];
  return array.is_none() ? make_array(*pool_, dtype, shape) : check_output(array, dtype, shape, name);
}

// ---- the whole batch ----

py::tuple PyEngine::reset(const py::object& seed, const py::dict& options, const py::object& mask,
                          const py::object& out, const py::list& params) {
  const Seeds seeds = to_seeds(seed, engine_.num_envs());
  const NamedValues values =
      to_options(options, engine_.info().reset_options, engine_.config().task->name, "reset_mask");
  const SpaceInfo& space = engine_.observation_space();
  ArrayList observations =
      out.is_none() ? make_leaves(*pool_, space, lead()) : check_leaves(out, space, lead(), "observations");
  const std::vector<std::uint8_t> chosen = to_mask(mask, engine_.num_envs());
  if (!out.is_none()) check_apart(observations, mask);
  const auto* const mask_bytes = mask.is_none() ? nullptr : chosen.data();
  std::optional<ValueStore> store;
  const ParamRequest request = masked_request(params, mask_bytes, store);
  const ArrayList infos = make_infos(lead());
  {
    const auto detach = [&] { streams_.detach(seeds, mask_bytes); };
    const FunctionRef<void()> before(detach);
    const MaybeRelease release(worth_releasing());
    engine_.reset(seeds, mask_bytes, values, addresses(observations), addresses<kMaxInfos>(infos), request,
                  &before);
  }
  return py::make_tuple(observations_or_given(out, kWhole, std::move(observations)),
                        reset_info(infos, mask_bytes));
}

py::tuple PyEngine::step_so(const StepCourse& course, const py::handle& actions, const py::object& out) {
  const SpaceInfo& space = engine_.observation_space();
  bool are_copies = false;
  const ArrayList checked = to_actions(actions, engine_.action_space(), engine_.num_envs(), 0, &are_copies);
  if (!out.is_none() && (!py::isinstance<py::sequence>(out) || py::len(out) != 4)) {
    throw py::type_error(
        "out must be (observations, rewards, terminated, truncated), each an array or None, got " +
        std::string(py::repr(out)));
  }
  const Shape flat = lead();
  Outputs made = outputs(out, flat);
  if (!out.is_none()) made.check_apart(checked);
  StepArrays arrays = step_arrays(made);
  arrays.course = course;
  Extras extras;
  add_extras(extras, arrays, flat);
  const bool any_ended = run_step(actions, checked, are_copies, arrays);
  const bool informs = any_ended || !extras.infos.empty();
  py::dict info = informs ? step_info(made.terminated, made.truncated, extras, any_ended) : py::dict();
  if (out.is_none()) {
    return py::make_tuple(to_object(std::move(made.observations), space), made.rewards, made.terminated,
                          made.truncated, std::move(info));
  }
  return py::make_tuple(observations_or_given(out, 0, std::move(made.observations)),
                        given_or(out, 1, made.rewards), given_or(out, 2, made.terminated),
                        given_or(out, 3, made.truncated), std::move(info));
}

py::object PyEngine::observe() {
  ArrayList observations = make_leaves(*pool_, engine_.observation_space(), lead());
  {
    const MaybeRelease release(worth_releasing());
    engine_.observe(addresses(observations));
  }
  return to_object(std::move(observations), engine_.observation_space());
}

py::object PyEngine::observation_arrays() {
  ArrayList arrays = make_leaves(*pool_, engine_.observation_space(), lead());
  for (const py::array& array : arrays) {
    std::memset(data_of(array), 0, static_cast<std::size_t>(array.nbytes()));
  }
  return to_object(std::move(arrays), engine_.observation_space());
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

void PyEngine::copy_into(PyEngine& twin, const std::vector<std::size_t>& sources, const py::object& seed) {
  for (const std::size_t lane : sources) check_lane(lane);
  if (sources.size() != twin.engine_.num_envs()) {
    throw py::value_error(
        text(sources.size(), " environments do not fill a batch of ", twin.engine_.num_envs()));
  }
  const Seeds seeds = to_seeds(seed, sources.size());
  const MaybeRelease release(worth_releasing(sources.size()));
  twin.engine_.copy_lanes(engine_, sources, seeds);
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
  const std::vector<double> values = read_patiently([&] { return engine_.variables(lane); });
  return py::array_t<double>(static_cast<py::ssize_t>(values.size()), values.data());
}

void PyEngine::set_variables(std::size_t lane, const py::array_t<double, py::array::c_style>& values) {
  check_lane(lane);
  engine_.set_variables(lane, {values.data(), static_cast<std::size_t>(values.size())});
}

std::optional<std::int32_t> PyEngine::elapsed_steps(std::size_t lane) {
  check_lane(lane);
  return read_patiently([&] { return engine_.elapsed_steps(lane); });
}

py::array_t<std::int32_t> PyEngine::all_elapsed_steps() {
  py::array_t<std::int32_t> steps(lead());
  read_patiently([&] { engine_.all_elapsed_steps(steps.mutable_data()); });
  return steps;
}

py::dict PyEngine::stream_state(std::size_t lane) {
  check_lane(lane);
  if (streams_.lock().is_mine()) return describe_stream(engine_.rng(lane));
  std::optional<Rng> stream;
  {
    const Engine::Exclusive guard = engine_.reading();
    stream = engine_.rng(lane);
  }
  return describe_stream(*stream);
}

void PyEngine::set_stream_state(std::size_t lane, const py::dict& state) {
  check_lane(lane);
  const Rng::State stream = to_stream(state);
  streams_.lock().enter(&engine_);
  engine_.rng(lane).set_state(stream);
  streams_.lock().exit();
}

void PyEngine::detach_streams(std::size_t lane) {
  check_lane(lane);
  const Engine::Exclusive guard = engine_.exclusive();
  streams_.detach(lane);
}

py::int_ PyEngine::entropy() const {
  py::object result = py::int_(0);
  const SeedWords& words = engine_.entropy();
  for (std::size_t i = words.size(); i-- > 0;) result = (result << py::int_(32)) | py::int_(words[i]);
  return py::int_(result);
}

}  // namespace plyo::bindings
