// PyEngine: the counters of where the time goes.
#include "py_engine.hpp"

namespace plyo::bindings {

py::dict PyEngine::read_profile() const {
  static constexpr const char* kNames[kNumPhases] = {"actions",      "kernel", "episodes", "resets",
                                                     "observations", "infos",  "wrappers", "policy",
                                                     "records",      "waiting"};
  const Profile::Reading reading = engine_.read_profile();
  py::dict phases;
  for (std::size_t i = 0; i < kNumPhases; ++i) phases[kNames[i]] = reading.seconds[i];
  py::dict result;
  result["elapsed"] = reading.elapsed;
  result["native"] = reading.native;
  result["num_calls"] = reading.num_calls;
  result["num_steps"] = reading.num_steps;
  result["phases"] = phases;
  return result;
}

}  // namespace plyo::bindings
