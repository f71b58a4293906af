#include "lane_streams.hpp"

#include <algorithm>
#include <chrono>

#include "gil.hpp"
#include "py_engine.hpp"
#include "register.hpp"

namespace plyo::bindings {
namespace {

py::int_ wide_integer(std::uint64_t high, std::uint64_t low) {
  return py::int_((py::int_(high) << py::int_(64)) | py::int_(low));
}

std::pair<std::uint64_t, std::uint64_t> split_integer(const py::object& integer) {
  const py::object mask = py::int_(~std::uint64_t{0});
  return {py::cast<std::uint64_t>(py::int_((integer >> py::int_(64)) & mask)),
          py::cast<std::uint64_t>(py::int_(integer & mask))};
}

}  // namespace

py::dict describe_stream(const Rng& rng) {
  const Rng::State& state = rng.state();
  py::dict inner, result;
  inner["state"] = wide_integer(state.state_high, state.state_low);
  inner["inc"] = wide_integer(state.increment_high, state.increment_low);
  result["bit_generator"] = "PCG64";
  result["state"] = inner;
  result["has_uint32"] = static_cast<int>(state.has_uint32);
  result["uinteger"] = state.uinteger;
  return result;
}

Rng::State to_stream(const py::dict& state) {
  if (py::cast<std::string>(state["bit_generator"]) != "PCG64") {
    throw py::value_error("the random stream of an environment is a PCG64, got " +
                          std::string(py::repr(state)));
  }
  const py::object inner = state["state"];
  const auto [state_high, state_low] = split_integer(inner["state"]);
  const auto [increment_high, increment_low] = split_integer(inner["inc"]);
  return {state_high,
          state_low,
          increment_high,
          increment_low | 1,
          py::cast<std::uint32_t>(state["has_uint32"]),
          py::cast<std::uint32_t>(state["uinteger"])};
}

// ---- the lock ----

void StreamLock::enter(const Engine* engine) {
  if (is_mine()) {
    ++depth_;
    return;
  }
  bool entered = mutex_.try_lock();
  while (!entered) {
    {
      const GilRelease release;
      entered = mutex_.try_lock_for(std::chrono::milliseconds(10));
    }
    if (!entered && PyErr_CheckSignals() != 0) throw py::error_already_set();
  }
  try {
    if (engine != nullptr) call_.emplace(engine->usage(), Access::kWrite);
  } catch (...) {
    mutex_.unlock();
    throw;
  }
  owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  depth_ = 1;
}

void StreamLock::exit() {
  if (!is_mine()) throw std::runtime_error("this thread does not hold the lock of the random stream");
  if (--depth_ > 0) return;
  owner_.store(std::thread::id(), std::memory_order_relaxed);
  call_.reset();
  mutex_.unlock();
}

// ---- all streams ----

void LaneStreams::add(LaneStream* stream) {
  const std::lock_guard lock(mutex_);
  all_.push_back(stream);
}

void LaneStreams::remove(LaneStream* stream) {
  const std::lock_guard lock(mutex_);
  std::erase(all_, stream);
}

template <class Chosen>
void LaneStreams::detach_if(const Chosen& chosen) {
  const std::lock_guard lock(mutex_);
  for (LaneStream* const stream : all_) {
    if (!stream->attached_.load() || !chosen(stream->lane_)) continue;
    stream->own_ = stream->rng();
    stream->attached_.store(false);
  }
}

void LaneStreams::detach(const Seeds& seeds, const std::uint8_t* mask) {
  if (!seeds.base && seeds.each.empty()) return;
  detach_if([&](std::size_t lane) {
    return (mask == nullptr || mask[lane] != 0) && (seeds.base || seeds.each[lane]);
  });
}

void LaneStreams::detach(const Seeds& seeds, std::span<const std::int64_t> lanes) {
  if (!seeds.base && seeds.each.empty()) return;
  detach_if([&](std::size_t lane) {
    const auto found = std::find(lanes.begin(), lanes.end(), static_cast<std::int64_t>(lane));
    if (found == lanes.end()) return false;
    return seeds.base || seeds.each[static_cast<std::size_t>(found - lanes.begin())];
  });
}

void LaneStreams::detach(std::size_t lane) {
  detach_if([&](std::size_t i) { return i == lane; });
}

// ---- one stream ----

LaneStream::LaneStream(py::object engine, std::size_t lane)
    : owner_(std::move(engine)), engine_(&py::cast<PyEngine&>(owner_)), lane_(lane) {
  interface_ = {this, [](void* s) { return static_cast<LaneStream*>(s)->rng().next_uint64(); },
                [](void* s) { return static_cast<LaneStream*>(s)->rng().next_uint32(); },
                [](void* s) { return static_cast<LaneStream*>(s)->rng().next_double(); },
                [](void* s) { return static_cast<LaneStream*>(s)->rng().next_uint64(); }};
  engine_->streams().add(this);
}

LaneStream::~LaneStream() { engine_->streams().remove(this); }

Rng& LaneStream::rng() {
  return attached_.load(std::memory_order_relaxed) ? engine_->engine().rng(lane_) : own_;
}

py::capsule LaneStream::capsule(const py::object& self) {
  auto& stream = py::cast<LaneStream&>(self);
  py::capsule result(&stream.interface_, "BitGenerator", [](PyObject* capsule) {
    Py_DECREF(static_cast<PyObject*>(PyCapsule_GetContext(capsule)));
  });
  if (PyCapsule_SetContext(result.ptr(), py::object(self).release().ptr()) != 0)
    throw py::error_already_set();
  return result;
}

void LaneStream::enter() {
  while (attached_.load()) {
    StreamLock& lock = engine_->streams().lock();
    lock.enter(&engine_->engine());
    if (attached_.load()) return;
    lock.exit();  // the lane was seeded while this thread waited
  }
  own_lock_.enter(nullptr);
}

void LaneStream::exit() { (attached_.load() ? engine_->streams().lock() : own_lock_).exit(); }

py::dict LaneStream::state() {
  if (attached_.load()) return engine_->stream_state(lane_);
  return describe_stream(own_);
}

void LaneStream::set_state(const py::dict& state) {
  const Rng::State stream = to_stream(state);
  enter();
  rng().set_state(stream);
  exit();
}

void register_streams(py::module_& module) {
  py::class_<LaneStream>(module, "LaneStream",
                         "The random stream of one lane, as NumPy's bit generators share it.")
      .def("capsule", &LaneStream::capsule, "NumPy's C interface to the stream.")
      .def("__enter__",
           [](LaneStream& self) {
             self.enter();
             return true;
           })
      .def("__exit__", [](LaneStream& self, const py::args&) { self.exit(); })
      .def(
          "acquire",
          [](LaneStream& self) {
            self.enter();
            return true;
          },
          "Waits for other threads; raises RuntimeError while the batch is in use.")
      .def("release", &LaneStream::exit)
      .def_property_readonly("is_attached", &LaneStream::is_attached,
                             "Whether it still is the stream of the lane.")
      .def("state", &LaneStream::state, "As numpy.random.PCG64.state.")
      .def("set_state", &LaneStream::set_state, py::arg("state"));
}

}  // namespace plyo::bindings
