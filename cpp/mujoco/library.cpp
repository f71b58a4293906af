#include "library.hpp"

#include <dlfcn.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <mutex>
#include <new>

namespace plyo::mujoco {
namespace {

// What all releases agree on of the message that a handler gets: its first two members.
struct LogMessage {
  int level;
  int topic;
  char subject[1024];
};

using LogHandler = void (*)(const LogMessage*);
using ErrorHandler = void (*)(const char*);

thread_local int guards = 0;
thread_local ClockListener* listener_of_clock = nullptr;
std::atomic<int> level_of_errors{0};

std::mutex handler_mutex;
LogHandler (*set_log_handler)(LogHandler) = nullptr;
std::atomic<LogHandler> log_handler_before{nullptr};
// releases before 3.11 have two variables in place of that function
ErrorHandler *user_error = nullptr, *user_warning = nullptr;
std::atomic<ErrorHandler> error_handler_before{nullptr}, warning_handler_before{nullptr};
bool is_installed = false;
std::size_t num_holds = 0;

void handle_message(const LogMessage* message) {
  const bool is_error = message->level == level_of_errors;
  if (guards > 0) {
    if (is_error) throw MujocoError(message->subject);
    return;
  }
  if (const LogHandler before = log_handler_before) return before(message);
  std::fprintf(stderr, "%s: %s\n", is_error ? "ERROR" : "WARNING", message->subject);
  if (is_error) std::exit(1);
}

void handle_error(const char* text) {
  if (guards > 0) throw MujocoError(text);
  if (const ErrorHandler before = error_handler_before) return before(text);
  std::fprintf(stderr, "ERROR: %s\n", text);
  std::exit(1);
}

void handle_warning(const char* text) {
  if (guards > 0) return;
  if (const ErrorHandler before = warning_handler_before) return before(text);
  std::fprintf(stderr, "WARNING: %s\n", text);
}

template <class Pointer>
void find(void* object, const char* name, Pointer& pointer) {
  void* const address = dlsym(object, name);
  if (address == nullptr) throw std::runtime_error(std::string("libmujoco has no function ") + name);
  pointer = reinterpret_cast<Pointer>(address);
}

// Finds where a library keeps its handlers.
void find_handler(void* object) {
  const std::lock_guard lock(handler_mutex);
  if (void* const setter = dlsym(object, "mju_setLogHandler")) {
    set_log_handler = reinterpret_cast<LogHandler (*)(LogHandler)>(setter);
  } else {
    find(object, "mju_user_error", user_error);
    find(object, "mju_user_warning", user_warning);
  }
}

void install_handler() {
  if (set_log_handler != nullptr) {
    const LogHandler before = set_log_handler(&handle_message);
    // ours if somebody who came later has put it back
    if (before != &handle_message) log_handler_before = before;
  } else if (*user_error != &handle_error) {
    error_handler_before = *user_error;
    warning_handler_before = *user_warning;
    *user_error = &handle_error;
    *user_warning = &handle_warning;
  }
  is_installed = true;
}

// Puts the handler before ours back, unless ours has been replaced by somebody else's: then it stays, and may call
// ours, which calls the one before.
void give_handler_back() {
  if (set_log_handler != nullptr) {
    const LogHandler present = set_log_handler(log_handler_before);
    if (present != &handle_message) {
      set_log_handler(present);
      return;
    }
  } else {
    if (*user_error != &handle_error) return;
    *user_error = error_handler_before;
    *user_warning = warning_handler_before;
  }
  is_installed = false;
}

Library load(const std::string& path) {
  void* const object = dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
  if (object == nullptr) throw std::runtime_error("libmujoco is not loaded from " + path);
  Library made{};
  find(object, "mj_step", made.step);
  find(object, "mj_forward", made.forward);
  find(object, "mj_kinematics", made.kinematics);
  find(object, "mj_comPos", made.com_pos);
  find(object, "mj_resetData", made.reset_data);
  find(object, "mj_rnePostConstraint", made.rne_post_constraint);
  find(object, "mj_getState", made.get_state);
  find(object, "mj_setState", made.set_state);
  find(object, "mj_name2id", made.name_to_id);
  find(object, "mj_jacSite", made.site_jacobian);
  find(object, "mj_version", made.version);
  find(object, "mj_copyModel", made.copy_model);
  find(object, "mj_deleteModel", made.delete_model);
  find(object, "mj_makeData", made.make_data);
  find(object, "mj_deleteData", made.delete_data);
  find(object, "mj_setConst", made.set_const);
  find(object, "mjcb_time", made.clock);
  constexpr const char* kCallbacks[] = {"mjcb_passive", "mjcb_control",  "mjcb_contactfilter", "mjcb_sensor",
                                        "mjcb_act_dyn", "mjcb_act_gain", "mjcb_act_bias"};
  static_assert(std::size(kCallbacks) == Library::kNumCallbacks);
  for (int i = 0; i < Library::kNumCallbacks; ++i) find(object, kCallbacks[i], made.callbacks[i]);
  find_handler(object);
  return made;
}

}  // namespace

const Library& Library::at(const std::string& path, int error_level) {
  level_of_errors = error_level;
  static std::mutex mutex;
  static std::map<std::string, Library>* const loaded = new std::map<std::string, Library>;
  const std::lock_guard lock(mutex);
  const auto found = loaded->find(path);
  if (found != loaded->end()) return found->second;
  return loaded->emplace(path, load(path)).first->second;
}

ModelCopy Library::copy_of(const void* model) const {
  ModelCopy copy(copy_model(nullptr, model), Freeing{delete_model});
  if (copy == nullptr) throw std::bad_alloc();
  return copy;
}

DataCopy Library::data_of(const void* model) const {
  DataCopy data(make_data(model), Freeing{delete_data});
  if (data == nullptr) throw std::bad_alloc();
  return data;
}

double zero_clock() {
  if (listener_of_clock != nullptr) listener_of_clock->hear();
  return 0.0;
}

bool Library::has_zero_clock() const { return *clock == &zero_clock; }

Listening::Listening(ClockListener& listener) { listener_of_clock = &listener; }
Listening::~Listening() { listener_of_clock = nullptr; }

Guard::Guard() { ++guards; }
Guard::~Guard() { --guards; }

HandlerHold::HandlerHold() {
  const std::lock_guard lock(handler_mutex);
  if (num_holds++ == 0 && !is_installed) install_handler();
}
HandlerHold::~HandlerHold() {
  const std::lock_guard lock(handler_mutex);
  if (--num_holds == 0) give_handler_back();
}

}  // namespace plyo::mujoco
