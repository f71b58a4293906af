// Stages that normalise by running moments, which a wrapper has as an object of their own.
#pragma once

#include <memory>

#include "lent_stages.hpp"

namespace plyo::bindings {

// `moments`: the type of the object that is known; the stage leaves others to the wrapper.
std::unique_ptr<LentStage> make_lent_normalize_observation(const py::object& wrapper, const StageInput& input,
                                                           const py::object& moments);
std::unique_ptr<LentStage> make_lent_normalize_reward(const py::object& wrapper, const StageBatch& batch,
                                                      const py::object& moments);

}  // namespace plyo::bindings
