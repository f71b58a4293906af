// plyo._native.xla_handlers, and the handle of an engine.
#include <pybind11/numpy.h>

#include <cstring>

#include "../xla/handlers.hpp"
#include "gil.hpp"
#include "py_engine.hpp"
#include "register.hpp"

namespace plyo::bindings {

PyEngine::~PyEngine() {
  if (port_ == nullptr) return;
  // a call may wait for the GIL meanwhile
  const GilRelease release;
  port_.reset();
}

py::array_t<std::uint32_t> PyEngine::xla_handle(bool any_number) {
  if (port_ == nullptr) {
    port_ = std::make_unique<xla::Port>(
        engine_, [this](const Seeds& seeds, const std::uint8_t* mask) { streams_.detach(seeds, mask); });
  }
  xla::Handle handle = port_->handle();
  if (any_number) handle.calls = xla::Handle::kAnyNumber;
  py::array_t<std::uint32_t> words(sizeof handle / sizeof(std::uint32_t));
  std::memcpy(words.mutable_data(), &handle, sizeof handle);
  return words;
}

void register_xla(py::module_& module) {
  module.def(
      "xla_handlers",
      [] {
        const auto capsule = [](xla::Handler* handler) {
          return py::capsule(reinterpret_cast<void*>(handler), "xla._CUSTOM_CALL_TARGET");
        };
        py::dict handlers;
        handlers["plyo_step"] = capsule(&xla::step_batch);
        handlers["plyo_reset"] = capsule(&xla::reset_batch);
        handlers["plyo_elapsed_steps"] = capsule(&xla::ask_elapsed_steps);
        return handlers;
      },
      "The functions that compiled programs of XLA step and reset a batch with, as capsules by name.");
}

}  // namespace plyo::bindings
