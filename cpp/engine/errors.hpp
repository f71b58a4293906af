// The exceptions of the engine. The bindings turn each into its Python counterpart.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

#include "../core/space.hpp"
#include "../core/text_view.hpp"

namespace plyo {

// An action outside its space. The error has its place in an array, if it is in one: the given number may
// have been another, before it was converted to the type of the space.
struct InvalidAction : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
  InvalidAction(const std::string& start, const std::string& value, const std::string& end, std::size_t part,
                std::size_t place)
      : std::invalid_argument(start + value + end), before(start), after(end), leaf(part), index(place) {}

  bool has_place() const { return !after.empty(); }
  // The same error for another value.
  InvalidAction with_value(const std::string& value) const { return {before, value, after, leaf, index}; }

  std::string before, after;  // the text around the value
  std::size_t leaf = 0;       // the part of the action space
  std::size_t index = 0;      // in its array of any shape
};

// A step or rollout of a lane that must be reset first.
struct ResetNeeded : std::logic_error {
  using std::logic_error::logic_error;
};

// An engine or policy that is in the middle of another call.
struct InUse : std::runtime_error {
  // `ends` where the other call is of another thread, for whose end this one can wait.
  explicit InUse(const std::string& what, bool ends = false) : std::runtime_error(what), can_wait(ends) {}

  bool can_wait;
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

// A part of a Tuple or Dict: "part 2", "part 'push'".
inline std::string part_name(const SpaceInfo& space, std::size_t leaf) {
  return space.is_dict() ? text("part '", space.leaves[leaf].name, "'") : text("part ", leaf);
}

}  // namespace plyo
