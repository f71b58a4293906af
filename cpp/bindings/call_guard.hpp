// Lets one caller at a time use a batch of Atari games, or one game, and puts off Ctrl-C meanwhile.
#pragma once

#include <pybind11/pybind11.h>

#ifdef _WIN32
#include <process.h>
#else
#include <unistd.h>
#endif

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <string>
#include <utility>

#include "numpy_values.hpp"

namespace plyo::bindings {

// The context manager around every call of the library. No handler of Python runs between what entering it does.
class CallGuard {
 public:
  CallGuard(std::string name, bool survives_fork, bool defers)
      : name_(std::move(name)), survives_fork_(survives_fork), defers_(defers) {
    look_around();
  }

  void name_call(std::string call) { call_ = std::move(call); }

  void enter(const py::handle& self) {
    if (process_ != present_process()) {
      if (!survives_fork_) {
        throw std::runtime_error(name_ +
                                 " was made in another process, whose threads and workers a forked process "
                                 "has not: make it in the process that uses it");
      }
      look_around();
      is_used_ = false;
    }
    if (is_used_) {
      throw std::runtime_error("cannot call " + call_ + "(): " + name_ +
                               " is in use by another call; give each thread its own, or take turns");
    }
    is_used_ = true;
    was_asked_ = false;
    // only the main thread hears of Ctrl-C
    if (!defers_ || PyThread_get_thread_ident() != main_thread_) return;
    try {
      py::object before = get_handler()(SIGINT);
      if (PyCallable_Check(before.ptr()) == 0) return;
      set_handler()(SIGINT, self.attr("_note"));
      before_ = std::move(before);
    } catch (...) {
      is_used_ = false;
      throw;
    }
  }

  void exit() {
    const py::object before = std::move(before_);
    before_ = py::object();
    is_used_ = false;
    if (!before) return;
    try {
      set_handler()(SIGINT, before);
    } catch (const py::error_already_set&) {  // of the handler of another signal, which runs before
      set_handler()(SIGINT, before);
      throw;
    }
    const py::object frame = std::move(frame_);
    frame_ = py::object();
    if (was_asked_) before(SIGINT, frame);
  }

  void note(py::object frame) {
    was_asked_ = true;
    frame_ = std::move(frame);
  }

  bool was_asked() const { return was_asked_; }

 private:
  // Of the module `_signal`: what `signal` wraps takes ten times as long to give numbers names.
  static py::handle get_handler() { return attribute_of_module(getter, "_signal", "getsignal"); }
  static py::handle set_handler() { return attribute_of_module(setter, "_signal", "signal"); }
  static inline std::atomic<PyObject*> getter{nullptr}, setter{nullptr};

  static long present_process() {
#ifdef _WIN32
    return _getpid();
#else
    return getpid();
#endif
  }

  void look_around() {
    process_ = present_process();
    const py::object main_thread = py::module_::import("threading").attr("main_thread")();
    main_thread_ = main_thread.attr("ident").cast<unsigned long>();
  }

  const std::string name_;
  const bool survives_fork_;
  const bool defers_;
  long process_ = 0;
  unsigned long main_thread_ = 0;
  std::string call_;
  bool is_used_ = false;
  bool was_asked_ = false;
  py::object before_;
  py::object frame_;
};

}  // namespace plyo::bindings
