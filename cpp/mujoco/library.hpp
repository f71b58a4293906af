// The functions of the user's own libmujoco, found by name in the shared object that the Python package
// `mujoco` has loaded. Plyo is neither compiled against MuJoCo nor linked with it: one build serves every
// release from 3.3 on. Models and data are opaque here.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

namespace plyo::mujoco {

// An error of MuJoCo in a call of this library, where MuJoCo by itself would end the process.
struct MujocoError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What is freed by MuJoCo.
struct Freeing {
  void (*free)(void* memory) = nullptr;
  void operator()(void* memory) const { free(memory); }
};
using ModelCopy = std::unique_ptr<void, Freeing>;
using DataCopy = std::unique_ptr<void, Freeing>;

struct Library {
  void (*step)(const void* model, void* data);
  void (*forward)(const void* model, void* data);
  void (*kinematics)(const void* model, void* data);
  void (*com_pos)(const void* model, void* data);
  void (*reset_data)(const void* model, void* data);
  void (*rne_post_constraint)(const void* model, void* data);
  void (*get_state)(const void* model, const void* data, double* state, int signature);
  void (*set_state)(const void* model, void* data, const double* state, int signature);
  int (*name_to_id)(const void* model, int type, const char* name);
  void (*site_jacobian)(const void* model, const void* data, double* linear, double* angular, int site);
  int (*version)();
  void* (*copy_model)(void* to, const void* model);
  void (*delete_model)(void* model);
  void* (*make_data)(const void* model);
  void (*delete_data)(void* data);
  void (*set_const)(void* model, void* data);

  // The variables with the functions that MuJoCo calls in a step, but for its clock.
  static constexpr int kNumCallbacks = 7;
  void* const* callbacks[kNumCallbacks];
  double (*const* clock)();

  // A copy of a model, and an mjData for one. Throws std::bad_alloc.
  ModelCopy copy_of(const void* model) const;
  DataCopy data_of(const void* model) const;

  // Whether the user has set one of them.
  bool has_callbacks() const {
    for (void* const* const callback : callbacks) {
      if (*callback != nullptr) return true;
    }
    return false;
  }

  // Whether the clock is zero_clock(), which everybody can replace.
  bool has_zero_clock() const;

  // The library in the shared object at `path`, which must be loaded already; `error_level` is its number for
  // messages that are errors. Throws std::runtime_error if it lacks a function.
  static const Library& at(const std::string& path, int error_level);
};

// While one lives, the process's handler of MuJoCo's errors is ours, which guards need. With the last one the
// handler that was there before comes back. A library must have been loaded.
class HandlerHold {
 public:
  HandlerHold();
  ~HandlerHold();
  HandlerHold(const HandlerHold&) = delete;
  HandlerHold& operator=(const HandlerHold&) = delete;
};

// While one lives, an error of MuJoCo in this thread is a MujocoError, and its warnings are dropped. Errors
// and warnings of other callers in the process go to the handler that was there before.
class Guard {
 public:
  Guard();
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;
};

// A clock for mjcb_time that stands still: MuJoCo reads the time dozens of times a step, for statistics. It is also the
// only place between the stages of a step where MuJoCo calls others, without further cost.
double zero_clock();

// Somebody to be called when MuJoCo reads that clock.
class ClockListener {
 public:
  virtual void hear() = 0;

 protected:
  ~ClockListener() = default;
};

// While one lives, that is so in this thread.
class Listening {
 public:
  explicit Listening(ClockListener& listener);
  ~Listening();
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
};

}  // namespace plyo::mujoco
