// Ctrl-C in long native calls.
#pragma once

#include <pybind11/pybind11.h>

#include <optional>
#include <utility>

#include "gil.hpp"

namespace plyo::bindings {

// Lets Python's signal handlers run; keeps their exceptions.
class SignalPoll {
 public:
  bool operator()() {
    const GilHold hold;
    if (PyErr_CheckSignals() == 0) return false;
    raised_.emplace();
    return true;
  }
  void rethrow() {
    if (raised_) throw pybind11::error_already_set(std::move(*raised_));
  }

 private:
  std::optional<pybind11::error_already_set> raised_;
};

}  // namespace plyo::bindings
