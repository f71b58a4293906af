// Stages that decide how actions become steps.
#pragma once

#include <memory>
#include <string>

#include "lent_stages.hpp"

namespace plyo::bindings {

// As make_lent_stage(), for "repeat_steps", "skip_steps" and "stick_action".
std::unique_ptr<LentStage> make_lent_course(const std::string& name, const py::object& wrapper,
                                            const py::tuple& arguments, const StageInput& input,
                                            const StageBatch& batch);

}  // namespace plyo::bindings
