// PyEngine: steps and resets of some lanes, with one row an entry of the caller's list.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "../engine/errors.hpp"
#include "convert.hpp"
#include "gil.hpp"
#include "py_engine.hpp"
#include "tensors.hpp"

namespace plyo::bindings {
namespace {

// A copy of the numbers of lanes, which another thread may write meanwhile.
std::vector<std::int64_t> to_lanes(const py::handle& given) {
  py::object found = py::reinterpret_borrow<py::object>(given);
  if (!py::isinstance<py::array>(given)) {
    TensorView view = view_tensor(given);
    if (!view.complaint.empty()) throw py::type_error("ids must be integers, got " + view.complaint);
    found =
        view.array ? std::move(view.array) : py::object(py::module_::import("numpy").attr("asarray")(given));
  }
  const auto array = py::reinterpret_borrow<py::array>(found);
  const char kind = array.dtype().kind();
  const bool is_empty_list = array.size() == 0 && kind == 'f';  // NumPy's type of []
  if (kind != 'i' && kind != 'u' && !is_empty_list) {
    throw py::type_error(
        "ids must be integers, the numbers of environments, got " +
        (array.ndim() == 0 ? std::string(py::repr(given)) : "dtype " + std::string(py::str(array.dtype()))) +
        (kind == 'b' ? "; np.flatnonzero(mask) has the numbers of a mask" : ""));
  }
  if (array.ndim() != 1) {
    throw py::value_error("ids must have one dimension, got shape " +
                          shape_text(Shape(array.shape(), array.shape() + array.ndim())));
  }
  if (array.size() == 0) return {};
  const py::array numbers = convert_array(array, int64_dtype());
  const auto* const first = static_cast<const std::int64_t*>(numbers.data());
  return {first, first + numbers.size()};
}

}  // namespace

py::tuple PyEngine::step_lanes(const py::handle& actions, const py::handle& lanes) {
  const std::vector<std::int64_t> listed = to_lanes(lanes);
  const ArrayList checked = to_actions(actions, engine_.action_space(), listed.size());
  const Shape rows{static_cast<py::ssize_t>(listed.size())};
  Outputs made = outputs(py::none(), rows);
  StepArrays arrays = step_arrays(made);
  Extras extras;
  add_extras(extras, arrays, rows);
  bool any_ended = false;
  try {
    const MaybeRelease release(worth_releasing(listed.size()));
    any_ended = engine_.step_listed(listed, ConstLeaves(addresses(checked)), arrays);
  } catch (const InvalidAction& error) {
    throw with_given_value(error, actions, engine_.action_space());
  }
  const bool informs = any_ended || (!extras.infos.empty() && !listed.empty());
  py::dict info = informs ? step_info(made.terminated, made.truncated, extras, any_ended) : py::dict();
  return py::make_tuple(to_object(std::move(made.observations), engine_.observation_space()), made.rewards,
                        made.terminated, made.truncated, std::move(info));
}

py::tuple PyEngine::reset_lanes(const py::handle& lanes, const py::object& seed, const py::dict& options,
                                const py::list& params) {
  const std::vector<std::int64_t> listed = to_lanes(lanes);
  const Seeds seeds = to_seeds(seed, listed.size(), "the number of ids");
  const NamedValues values =
      to_options(options, engine_.info().reset_options, engine_.config().task->name, "params");
  const Shape rows{static_cast<py::ssize_t>(listed.size())};
  const SpaceInfo& space = engine_.observation_space();
  ArrayList observations = make_leaves(*pool_, space, rows);
  const ArrayList infos = make_infos(rows);
  std::optional<ValueStore> store;
  ParamRequest request;
  if (!params.empty() && !listed.empty()) {
    for (const std::int64_t lane : listed) check_lane(static_cast<std::size_t>(lane));
    const std::vector<std::size_t> wanted(listed.begin(), listed.end());
    request = to_param_request(params, wanted, listed.size(), engine_, store.emplace());
  }
  {
    const auto detach = [&] { streams_.detach(seeds, listed); };
    const FunctionRef<void()> before(detach);
    const MaybeRelease release(worth_releasing(listed.size()));
    engine_.reset_listed(listed, seeds, values, addresses(observations), addresses<kMaxInfos>(infos), request,
                         &before);
  }
  return py::make_tuple(to_object(std::move(observations), space), reset_info(infos, nullptr));
}

}  // namespace plyo::bindings
