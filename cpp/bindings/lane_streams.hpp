// The random streams of a batch as NumPy draws from them.
#pragma once

#include <pybind11/pybind11.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "../engine/engine.hpp"

namespace plyo::bindings {

namespace py = pybind11;

class PyEngine;
class LaneStream;

// The state of a stream as numpy.random.PCG64.state has it, and back; raises ValueError for that of another
// generator.
py::dict describe_stream(const Rng& rng);
Rng::State to_stream(const py::dict& state);

// Threads that draw from the same streams take turns. A thread may enter again, as NumPy's own lock allows.
class StreamLock {
 public:
  // The first entry of a thread is a call of the engine, if there is one, which refuses it while it is in
  // use: throws InUse. Waiting for another thread gives the GIL away, and Ctrl-C ends it.
  void enter(const Engine* engine);
  void exit();
  bool is_mine() const { return owner_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

 private:
  std::timed_mutex mutex_;
  std::atomic<std::thread::id> owner_{};
  int depth_ = 0;
  std::optional<Engine::Exclusive> call_;
};

// All bit generators over the streams of one engine.
class LaneStreams {
 public:
  StreamLock& lock() { return lock_; }
  void add(LaneStream* stream);
  void remove(LaneStream* stream);
  // Detaches the streams of lanes before a new seed: existing generators continue alone. A null mask means
  // all lanes.
  void detach(const Seeds& seeds, const std::uint8_t* mask);
  // The same for some lanes, with a seed an entry.
  void detach(const Seeds& seeds, std::span<const std::int64_t> lanes);
  void detach(std::size_t lane);

 private:
  template <class Chosen>
  void detach_if(const Chosen& chosen);

  StreamLock lock_;
  std::mutex mutex_;
  std::vector<LaneStream*> all_;
};

// NumPy's C interface of a bit generator (numpy/random/bitgen.h).
struct BitGenerator {
  void* state;
  std::uint64_t (*next_uint64)(void* state);
  std::uint32_t (*next_uint32)(void* state);
  double (*next_double)(void* state);
  std::uint64_t (*next_raw)(void* state);
};

// A lane's stream behind that interface, and the lock under which NumPy draws from it. It is the lane's until
// the lane is seeded anew, and a stream of its own afterwards.
class LaneStream {
 public:
  LaneStream(py::object engine, std::size_t lane);
  ~LaneStream();
  LaneStream(const LaneStream&) = delete;
  LaneStream& operator=(const LaneStream&) = delete;

  // The capsule keeps `self`, which holds this, alive.
  static py::capsule capsule(const py::object& self);
  void enter();
  void exit();
  py::dict state();
  void set_state(const py::dict& state);
  bool is_attached() const { return attached_.load(); }

 private:
  friend class LaneStreams;

  Rng& rng();

  py::object owner_;  // keeps the engine alive
  PyEngine* engine_;
  std::size_t lane_;
  std::atomic<bool> attached_{true};
  Rng own_;  // once it is not attached
  StreamLock own_lock_;
  BitGenerator interface_;
};

}  // namespace plyo::bindings
