// The exceptions of the engine. The bindings turn each into its Python counterpart.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

#include "../core/text_view.hpp"

namespace plyo {

// An action outside its space.
struct InvalidAction : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

// A step or rollout of a lane that has to be reset first.
struct ResetNeeded : std::logic_error {
  using std::logic_error::logic_error;
};

// An engine or policy that another thread is using.
struct InUse : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A rollout that its caller asked to stop; the batch is as it was before.
struct Interrupted : std::runtime_error {
  Interrupted() : std::runtime_error("the rollout was interrupted") {}
};

// A task that threw in the middle of a step or reset: all lanes of the batch have to be reset.
struct TaskFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Joins its arguments into one text.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream stream;
  stream.precision(17);
  (stream << ... << parts);
  return stream.str();
}

}  // namespace plyo
