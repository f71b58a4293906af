// What the MuJoCo tasks share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <vector>

#include "../../../core/environment.hpp"
#include "../../../kernels/mujoco_kernels.hpp"
#include "../../../mujoco/numpy_sums.hpp"
#include "../../../mujoco/sim.hpp"

namespace PLYO_ENVS {

using mujoco::CommonParams;
using mujoco::Data;
using mujoco::Kind;
using mujoco::Model;
using mujoco::Reals;
using mujoco::Sim;
using mujoco::Writer;

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

// ---- descriptions ----

// The keyword arguments of a task: those of every task, of which most of the older versions have no file and
// no frame_skip, around its own.
template <bool kHasFile, bool kHasSkip, std::size_t kCount>
constexpr FieldList fields_around(const Field (&own)[kCount]) {
  FieldList all{};
  const auto add = [&all](const Field& field) { all.items[all.count++] = field; };
  if (kHasFile) {
    add(field<&CommonParams::xml_file>(
        "xml_file", "the model: a name among Gymnasium's, or a path that begins with '/', './' or '~'"));
  }
  if (kHasSkip) add(live(field<&CommonParams::frame_skip>("frame_skip", "substeps of MuJoCo a step")));
  for (const Field& field : own) add(field);
  add(field<&CommonParams::report_warnings>(
      "report_warnings", "whether infos count the divergences since the reset, as mujoco_warnings"));
  return all;
}
template <int kVersion, std::size_t kCount>
constexpr FieldList mujoco_fields(const Field (&own)[kCount]) {
  return fields_around<(kVersion >= 5), (kVersion >= 5)>(own);
}
// Those of a version without any of its own.
constexpr FieldList mujoco_fields() {
  return fields(field<&CommonParams::report_warnings>(
      "report_warnings", "whether infos count the divergences since the reset, as mujoco_warnings"));
}

// Keyword arguments of several tasks.
template <class Params>
constexpr Field forward_weight_field() {
  return live(field<&Params::forward_reward_weight>("forward_reward_weight", "s/m, reward of the velocity"),
              "_forward_reward_weight");
}
template <class Params>
constexpr Field ctrl_weight_field() {
  return live(field<&Params::ctrl_cost_weight>("ctrl_cost_weight", "cost of the squared action"),
              "_ctrl_cost_weight");
}
template <class Params>
constexpr Field noise_field() {
  return live(field<&Params::reset_noise_scale>("reset_noise_scale", "spread of the initial state"),
              "_reset_noise_scale");
}
template <class Params>
constexpr Field exclude_field() {
  return field<&Params::exclude_current_positions_from_observation>(
      "exclude_current_positions_from_observation", "whether the position along the ground is left out");
}
template <class Params>
constexpr Field healthy_reward_field() {
  return live(field<&Params::healthy_reward>("healthy_reward", "reward of a step that leaves it healthy"),
              "_healthy_reward");
}
template <class Params>
constexpr Field terminate_field() {
  return live(field<&Params::terminate_when_unhealthy>("terminate_when_unhealthy",
                                                       "whether the episode ends where it is not healthy"),
              "_terminate_when_unhealthy");
}
template <class Params>
constexpr Field healthy_z_field() {
  return limit(live(field<&Params::healthy_z_range>("healthy_z_range", "m, bounds of the height"),
                    "_healthy_z_range"));
}

// The attribute of versions without that keyword argument.
template <int kVersion>
constexpr FieldList mujoco_constants() {
  if (kVersion >= 5) return FieldList{};
  return fields(field<&CommonParams::frame_skip>("frame_skip", "substeps of MuJoCo a step"));
}

// A version of a task: "Ant-v5" is variant_of<5>("Ant-v4", "Ant-v5", 1000).
template <int kVersion>
constexpr VariantList variant_of(Text v4, Text v5, int max_episode_steps,
                                 double reward_threshold = kNoThreshold) {
  return variants(Variant{kVersion >= 5 ? v5 : v4, max_episode_steps, reward_threshold});
}

// The address of a task's class in Gymnasium.
template <int kVersion>
constexpr PythonNames python_names(Text v4, Text v5, Text class_name) {
  return {.module = kVersion >= 5 ? v5 : v4, .class_name = class_name, .render_mode_last = true};
}

// Infos that a single environment reports as np.float64 or np.float32; `part` is one of steps only.
template <class T = double>
constexpr InfoLeaf number(Text name, Text doc) {
  return reported<T>(name, doc, InfoStyle::kNumpyScalar);
}
template <class T = double>
constexpr InfoLeaf part(Text name, Text doc) {
  return step_only(number<T>(name, doc));
}

// An attribute that is an array: some of the numbers that a task remembers.
template <class Shape, std::size_t kFirst, std::size_t kCount>
constexpr Attribute memory_attribute(Text name, Text doc) {
  return {
      .name = name, .doc = doc, .get = [](const void* params, const void* state) {
        return plyo::detail::to_value(Numbers(View<double>{Shape::memory(params, state) + kFirst, kCount}));
      }};
}

// ---- dynamics ----

// The numbers of bodies that a task needs, for set_up.
inline std::vector<double> body_numbers(const Model& model, std::initializer_list<const char*> names) {
  std::vector<double> numbers;
  for (const char* name : names) numbers.push_back(static_cast<double>(model.id(Kind::kBody, name)));
  return numbers;
}
// The number of the body that `body_numbers` got at this place.
inline std::size_t body_number(const Model& model, std::size_t which) {
  return static_cast<std::size_t>(model.setup()[which]);
}
// The place of one of these bodies less that of another.
inline void vector_between(const Sim& sim, std::size_t which, std::size_t from, double (&out)[3]) {
  const double* const a = sim.body_position(body_number(sim.model(), which));
  const double* const b = sim.body_position(body_number(sim.model(), from));
  for (std::size_t i = 0; i < 3; ++i) out[i] = a[i] - b[i];
}

// Positions and velocities about those of the model.
inline void draw_uniform_state(Sim& sim, double scale, Rng& rng) {
  sim.draw_uniform(sim.qpos(), sim.model().qpos0.at, scale, rng);
  sim.draw_uniform(sim.qvel(), nullptr, scale, rng);
}

inline bool are_finite(Reals numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](double number) { return std::isfinite(number); });
}
inline bool inside(double number, const double (&range)[2]) { return range[0] < number && number < range[1]; }

// The reward of being healthy, which version 4 also gives to steps that end the episode.
template <int kVersion, class Params>
double survive_reward(bool is_healthy, const Params& params) {
  const bool counts = is_healthy || (kVersion < 5 && params.terminate_when_unhealthy);
  return (counts ? 1.0 : 0.0) * params.healthy_reward;
}

// ---- sums in Gymnasium's order and widths ----

// The sum of the squared action: float32, as the action is in Gymnasium.
inline float squared(const float* action, const Sim& sim) {
  return mujoco::sum_of_squares(action, sim.data().ctrl.count);
}
inline double control_cost(double weight, const float* action, const Sim& sim) {
  return static_cast<double>(static_cast<float>(weight) * squared(action, sim));
}
inline double sum_of_squares(Reals numbers) {
  return mujoco::sum_of_squares<double>(numbers.at, numbers.count);
}

// np.linalg.norm of a vector.
template <std::size_t kSize>
double norm(const Model& model, const double (&vector)[kSize]) {
  double sum = vector[0] * vector[0];
  for (std::size_t i = 1; i < kSize; ++i) {
    sum = model.norm_fma ? std::fma(vector[i], vector[i], sum) : sum + vector[i] * vector[i];
  }
  return std::sqrt(sum);
}
inline double distance_from_origin(const Model& model, double x, double y) { return norm(model, {x, y}); }

}  // namespace PLYO_ENVS
