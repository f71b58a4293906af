// The lanes of an Atari batch: what they play, show and count.
#ifdef __linux__
#include <sys/socket.h>
#endif

#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "arrays.hpp"
#include "gil.hpp"
#include "lane_frames.hpp"
#include "lane_player.hpp"
#include "register.hpp"

namespace plyo::bindings {
namespace {

// What the lanes of a batch show and count, in arrays that go on changing, and copies of it.
class LaneResults {
 public:
  LaneResults(const py::array& rings, std::size_t places, const py::array& newest, const py::array& rewards,
              const py::array& flags, const py::array& counts)
      : shape_(rings.shape(), rings.shape() + rings.ndim()), places_(places) {
    if (rings.ndim() < 2 || places < 1 || static_cast<std::size_t>(rings.size()) % places != 0) {
      throw py::value_error("rings must have an axis of lanes, and places pictures in each");
    }
    const py::ssize_t lanes = shape_[0];
    lanes_ = static_cast<std::size_t>(lanes);
    rings_ = check_output(rings, py::dtype::of<std::uint8_t>(), shape_, "rings");
    newest_ = check_output(newest, py::dtype::of<std::int32_t>(), {lanes}, "newest");
    rewards_ = check_output(rewards, float64_dtype(), {lanes}, "rewards");
    flags_ = check_output(flags, bool_dtype(), {kRows, lanes}, "flags");
    counts_ = check_output(counts, py::dtype::of<std::int32_t>(), {kRows, lanes}, "counts");
    picture_size_ = lanes_ == 0 ? 0 : static_cast<std::size_t>(rings.size()) / lanes_ / places;
  }

  // Writes what a lane counts, and which of its pictures is the newest.
  void put(std::size_t index, const LaneCounts& lane, std::int32_t newest) {
    if (index >= lanes_) throw py::index_error("there is no such lane");
    static_cast<double*>(rewards_.mutable_data())[index] = lane.reward;
    static_cast<std::int32_t*>(newest_.mutable_data())[index] = newest;
    auto* const flags = static_cast<bool*>(flags_.mutable_data()) + index;
    flags[0] = lane.terminated;
    flags[lanes_] = lane.truncated;
    flags[2 * lanes_] = lane.is_over;
    auto* const counts = static_cast<std::int32_t*>(counts_.mutable_data()) + index;
    counts[0] = lane.lives;
    counts[lanes_] = lane.frame_number;
    counts[2 * lanes_] = lane.episode_frame_number;
  }

  // The rings as stacks, the newest picture last.
  py::array observations() const {
    py::array_t<std::uint8_t> out(shape_);
    const auto* const newest = static_cast<const std::int32_t*>(newest_.data());
    const auto* ring = static_cast<const std::uint8_t*>(rings_.data());
    std::uint8_t* stack = out.mutable_data();
    for (std::size_t lane = 0; lane < lanes_; ++lane) {
      const std::size_t first = (static_cast<std::size_t>(newest[lane]) + 1) % places_ * picture_size_;
      const std::size_t size = places_ * picture_size_;
      std::copy_n(ring + first, size - first, stack);
      std::copy_n(ring, first, stack + size - first);
      ring += size;
      stack += size;
    }
    return out;
  }

  py::tuple take() const {
    py::tuple results(2 + 2 * kRows);
    results[0] = observations();
    results[1] = row(rewards_, 0);
    for (std::size_t i = 0; i < kRows; ++i) results[2 + i] = row(flags_, i);
    for (std::size_t i = 0; i < kRows; ++i) results[2 + kRows + i] = row(counts_, i);
    return results;
  }

 private:
  static constexpr std::size_t kRows = 3;

  // A copy of a row of a table, or of an array of one row.
  py::array row(const py::array& table, std::size_t number) const {
    py::array out(table.dtype(), Shape{shape_[0]});
    const std::size_t size = lanes_ * static_cast<std::size_t>(table.itemsize());
    std::copy_n(static_cast<const char*>(table.data()) + number * size, size,
                static_cast<char*>(data_of(out)));
    return out;
  }

  const Shape shape_;
  const std::size_t places_;
  std::size_t lanes_ = 0;
  std::size_t picture_size_ = 0;
  py::array rings_;
  py::array newest_;
  py::array rewards_;
  py::array flags_;
  py::array counts_;
};

// Messages of no bytes, whose length is all that goes through a socket (plyo.envs.atari.lane_channel).
std::pair<std::size_t, std::size_t> exchange_empty([[maybe_unused]] const std::vector<int>& sockets) {
#ifdef __linux__
  constexpr std::uint32_t kNothing = 0;
  const GilRelease release;
  std::size_t sent = 0, taken = 0;
  while (sent < sockets.size() &&
         send(sockets[sent], &kNothing, sizeof(kNothing), MSG_NOSIGNAL) == sizeof(kNothing)) {
    ++sent;
  }
  if (sent < sockets.size()) return {sent, taken};
  for (; taken < sockets.size(); ++taken) {
    // an answer with contents stays where it is
    std::uint32_t length = 0;
    if (recv(sockets[taken], &length, sizeof(length), MSG_PEEK) != sizeof(length) || length != kNothing)
      break;
    if (recv(sockets[taken], &length, sizeof(length), 0) != sizeof(length)) break;
  }
  return {sent, taken};
#else
  throw std::runtime_error("the workers of Atari batches need Linux");
#endif
}

}  // namespace

void register_atari_lanes(py::module_& module) {
  py::class_<LaneFrames>(module, "LaneFrames",
                         "The last frames of the steps of an Atari lane, and the ring of its pictures.")
      .def(
          py::init<py::object, py::object, const py::object&, py::list, py::array, py::array, py::array,
                   py::array>(),
          py::arg("get_screen"), py::arg("get_colours"), py::arg("shrink"), py::arg("frames"),
          py::arg("kept"), py::arg("seen"), py::arg("palette"), py::arg("ring"),
          "get_screen writes a frame into an array, get_colours returns its picture. frames, one array or "
          "two, are where frames are taken, the last one first; kept, (n, height, width), has those of the "
          "step before. seen, (256,), has 1 for the values whose colours palette, (256,) or (256, 3), has. "
          "shrink, an AreaShrink or None, makes the pictures of ring, (stack, ...). All arrays are of uint8.")
      .def("take_last", &LaneFrames::take_last, "Takes the present frame as the last of its step.")
      .def("take_before", &LaneFrames::take_before,
           "Takes the present frame as the last but one of its step, if pictures show it.")
      .def("turn", &LaneFrames::turn, "Goes to the next place of the ring.")
      .def("add", &LaneFrames::add,
           "Turns the ring and writes the picture of a step of which all frames were taken; False without "
           "one.")
      .def("begin", &LaneFrames::begin, "Begins an episode with the present frame as that of its first step.")
      .def("keep", &LaneFrames::keep, "Ends a step without a picture: takes its frames over into kept.")
      .def("restore", &LaneFrames::restore, py::arg("is_first"),
           "Goes on from frames that were written into kept; is_first as the property.")
      .def_property_readonly("newest", &LaneFrames::newest, "The place of the newest picture in the ring.")
      .def_property_readonly("is_whole", &LaneFrames::is_whole,
                             "Whether the last frame of the step was taken.")
      .def_property_readonly("is_first", &LaneFrames::is_first,
                             "Whether the step is the first of its episode, before which there is no frame.");
  py::class_<LaneCounts>(module, "LaneCounts", "What a lane of an Atari batch counts.")
      .def(py::init<>())
      .def_readwrite("reward", &LaneCounts::reward)
      .def_readwrite("terminated", &LaneCounts::terminated)
      .def_readwrite("truncated", &LaneCounts::truncated)
      .def_readwrite("is_over", &LaneCounts::is_over)
      .def_readwrite("lives", &LaneCounts::lives)
      .def_readwrite("frame_number", &LaneCounts::frame_number)
      .def_readwrite("episode_frame_number", &LaneCounts::episode_frame_number)
      .def_readwrite("elapsed_frames", &LaneCounts::elapsed_frames)
      .def_readwrite("elapsed_steps", &LaneCounts::elapsed_steps);
  py::class_<LanePlayer>(module, "LanePlayer", "Plays the steps of an Atari lane.")
      .def(py::init([](const py::object& ale, py::object frames, py::object add_rest, py::object fire,
                       int max_frames, int max_steps, bool lost_life_ends, bool lost_life_restarts) {
             return LanePlayer(ale, std::move(frames), std::move(add_rest), std::move(fire),
                               {.max_frames = max_frames,
                                .max_steps = max_steps,
                                .lost_life_ends = lost_life_ends,
                                .lost_life_restarts = lost_life_restarts});
           }),
           py::arg("ale"), py::arg("frames"), py::arg("add_rest"), py::arg("fire"), py::arg("max_frames"),
           py::arg("max_steps"), py::arg("lost_life_ends"), py::arg("lost_life_restarts"),
           "ale is the emulator. frames, LaneFrames or None, takes the last two frames of a step; add_rest() "
           "is called where it adds no picture. fire(), or None, is called after a lost life and returns a "
           "reward. Episodes have at most max_frames frames and, unless it is 0, max_steps steps; a lost "
           "life ends one or the game too.")
      .def("step", &LanePlayer::step, py::arg("lane"), py::arg("action"), py::arg("hold"),
           py::arg("strength"), py::arg("count"),
           "Plays count frames, or fewer where the episode ends, and writes what lane, LaneCounts, counts. "
           "hold, or None, makes of the action that of each frame.")
      .def("count_again", &LanePlayer::count_again, py::arg("lane"),
           "Writes what the emulator counts into lane, LaneCounts.");
  py::class_<LaneResults>(module, "LaneResults", "What the lanes of an Atari batch show and count.")
      .def(py::init<const py::array&, std::size_t, const py::array&, const py::array&, const py::array&,
                    const py::array&>(),
           py::arg("rings"), py::arg("places"), py::arg("newest"), py::arg("rewards"), py::arg("flags"),
           py::arg("counts"),
           "rings, uint8 (lanes, ...), has places pictures for each lane, of which that at newest, int32 "
           "(lanes,), is the newest and the next one the oldest. rewards are float64 (lanes,), flags, bool "
           "(3, lanes), tell what has terminated, was truncated and is over; counts, int32 (3, lanes), are "
           "lives and the two numbers of frames.")
      .def("put", &LaneResults::put, py::arg("index"), py::arg("lane"), py::arg("newest"),
           "Writes what a lane counts, and the place of its newest picture.")
      .def("observations", &LaneResults::observations,
           "A copy of the rings, the newest picture of each last.")
      .def("take", &LaneResults::take,
           "Copies of the observations, the rewards, each of the flags and each of the counts.");
  module.def(
      "exchange_empty", &exchange_empty, py::arg("sockets"),
      "Sends four zero bytes to each of some sockets, by their numbers, and takes such an answer of each. "
      "Returns how many were sent, and how many answers taken: both end early at what has to be looked at.");
}

}  // namespace plyo::bindings
