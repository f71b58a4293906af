// Releasing the GIL and taking it back.
#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <optional>
#include <thread>

#if defined(__GLIBCXX__)
#include <cxxabi.h>
#endif

namespace plyo::bindings {

// Python before 3.14 ends a daemon thread that asks for the GIL while the interpreter shuts down, by
// unwinding its stack. pybind11's guards ask in their destructors, where unwinding ends the process (exit
// status -6). Such a thread waits here for the end of the process instead, as it does in later versions.
template <class Take>
void take_gil(Take take) {
#if defined(__GLIBCXX__)
  try {
    take();
  } catch (abi::__forced_unwind&) {
    for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
  }
#else
  take();
#endif
}

// Releases the GIL while it lives.
class GilRelease {
 public:
  GilRelease() : state_(PyEval_SaveThread()) {}
  ~GilRelease() {
    take_gil([this] { PyEval_RestoreThread(state_); });
  }
  GilRelease(const GilRelease&) = delete;
  GilRelease& operator=(const GilRelease&) = delete;

 private:
  PyThreadState* state_;
};

// Releases the GIL if the condition holds.
class MaybeRelease {
 public:
  explicit MaybeRelease(bool release) {
    if (release) release_.emplace();
  }

 private:
  std::optional<GilRelease> release_;
};

// Holds the GIL while it lives, in a thread that may hold it already.
class GilHold {
 public:
  GilHold() {
    take_gil([this] { state_ = PyGILState_Ensure(); });
  }
  ~GilHold() { PyGILState_Release(state_); }
  GilHold(const GilHold&) = delete;
  GilHold& operator=(const GilHold&) = delete;

 private:
  PyGILState_STATE state_{};
};

}  // namespace plyo::bindings
