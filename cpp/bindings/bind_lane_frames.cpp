// The frames of a lane of an Atari batch: played by the methods of its emulator, taken, and made into pictures.
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "../engine/float_mode.hpp"
#include "../render/area_shrink.hpp"
#include "../render/changed_rows.hpp"
#include "arrays.hpp"
#include "register.hpp"

namespace plyo::bindings {
namespace {

// Calls a function of Python without making a tuple of its arguments.
template <class... Arguments>
py::object call_fast(const py::object& function, const Arguments&... arguments) {
  PyObject* const all[] = {nullptr, arguments.ptr()...};
  auto* const result = PyObject_Vectorcall(function.ptr(), all + 1,
                                           sizeof...(arguments) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  if (result == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(result);
}

std::uint8_t* frame_bytes(const py::handle& array, const Shape& shape, const char* name) {
  return static_cast<std::uint8_t*>(data_of(check_output(array, py::dtype::of<std::uint8_t>(), shape, name)));
}

// What a lane takes of its emulator's screen in a step: its last frame, and the one before where pictures show both.
// They stay as they are, places in the palette, and become a picture in a ring of the last ones.
class LaneFrames {
 public:
  LaneFrames(py::object get_screen, py::object get_colours, const py::object& shrink, py::list frames,
             py::array kept, py::array seen, py::array palette, py::array ring)
      : get_screen_(std::move(get_screen)),
        get_colours_(std::move(get_colours)),
        shrink_object_(shrink),
        frames_(std::move(frames)),
        kept_(std::move(kept)),
        seen_(std::move(seen)),
        palette_(std::move(palette)),
        ring_(std::move(ring)),
        shrink_(shrink.is_none() ? nullptr : shrink.cast<const render::AreaShrink*>()) {
    if (kept_.ndim() != 3 || kept_.shape(0) < 1 || kept_.shape(0) > 2) {
      throw py::value_error("kept must be one frame or two, of two dimensions each");
    }
    if (frames_.size() != static_cast<std::size_t>(kept_.shape(0))) {
      throw py::value_error("frames must be as many as are kept");
    }
    if (ring_.ndim() < 3 || ring_.ndim() > 4) {
      throw py::value_error("ring must have three or four dimensions");
    }
    const Shape shape = {kept_.shape(1), kept_.shape(2)};
    height_ = static_cast<std::size_t>(shape[0]);
    width_ = static_cast<std::size_t>(shape[1]);
    for (const py::handle& frame : frames_) taken_.push_back(frame_bytes(frame, shape, "frames"));
    kept_bytes_ = frame_bytes(kept_, {kept_.shape(0), shape[0], shape[1]}, "kept");
    frame_bytes(seen_, {256}, "seen");
    const bool is_coloured = ring_.ndim() == 4;
    channels_ = is_coloured ? 3 : 1;
    frame_bytes(palette_, is_coloured ? Shape{256, 3} : Shape{256}, "palette");
    Shape ring_shape(ring_.shape(), ring_.shape() + ring_.ndim());
    ring_bytes_ = frame_bytes(ring_, ring_shape, "ring");
    places_ = static_cast<std::size_t>(ring_.shape(0));
    picture_size_ = static_cast<std::size_t>(ring_.size()) / std::max<std::size_t>(places_, 1);
    if (places_ == 0) throw py::value_error("ring must have a place");
    if (shrink_ != nullptr) {
      const render::ShrinkSizes& sizes = shrink_->sizes();
      if (sizes.height != height_ || sizes.width != width_ || sizes.channels != channels_ ||
          sizes.out_height * sizes.out_width * channels_ != picture_size_) {
        throw py::value_error("shrink must make pictures of the ring from frames");
      }
    }
    changed_.resize(height_);
  }

  // Whether pictures show the last two frames.
  bool is_pooled() const { return taken_.size() == 2; }

  void take_last() {
    take(0);
    is_whole_ = true;
  }

  void take_before() {
    if (!is_pooled()) return;
    take(1);
    has_before_ = true;
  }

  // Goes to the next place of the ring, the oldest picture's.
  void turn() { newest_ = (newest_ + 1) % places_; }

  // Turns the ring and writes the picture of a step whose frames were all taken; false, without one, for others.
  bool add() {
    const std::uint8_t* const old = place(newest_);
    turn();
    if (shrink_ == nullptr || !is_whole_ || has_before_ != is_pooled()) {
      goes_on_ = false;
      return false;
    }
    is_whole_ = has_before_ = is_first_ = false;
    const DefaultFloatMode mode;
    const render::ShrinkSource source = {taken_[0], is_pooled() ? taken_[1] : nullptr, bytes(palette_)};
    const std::size_t size = height_ * width_;
    if (goes_on_) {
      shrink_->shrink(source, place(newest_), {changed_.data(), old});
      for (std::size_t i = 0; i < taken_.size(); ++i) {
        render::copy_rows(taken_[i], height_, width_, changed_.data(), kept_bytes_ + i * size);
      }
    } else {
      shrink_->shrink(source, place(newest_));
      for (std::size_t i = 0; i < taken_.size(); ++i) {
        std::copy_n(taken_[i], size, kept_bytes_ + i * size);
      }
      goes_on_ = true;
    }
    std::fill(changed_.begin(), changed_.end(), std::uint8_t{0});
    return true;
  }

  // Begins an episode with the present frame.
  void begin() {
    goes_on_ = has_before_ = false;
    take_last();
    is_first_ = true;
  }

  // Ends a step without a picture: what was taken is kept.
  void keep() {
    const std::size_t size = height_ * width_;
    if (is_whole_) std::copy_n(taken_[0], size, kept_bytes_);
    if (has_before_) {
      std::copy_n(taken_[1], size, kept_bytes_ + size);
      is_first_ = false;
    }
    is_whole_ = has_before_ = false;
  }

  // Goes on from frames that were written over those that are kept.
  void restore(bool is_first) {
    is_first_ = is_first;
    goes_on_ = false;
  }

  std::size_t newest() const { return newest_; }
  bool is_whole() const { return is_whole_; }
  bool is_first() const { return is_first_; }

 private:
  static std::uint8_t* bytes(const py::array& array) { return static_cast<std::uint8_t*>(data_of(array)); }
  std::uint8_t* place(std::size_t number) const { return ring_bytes_ + number * picture_size_; }

  void take(std::size_t which) {
    call_fast(get_screen_, py::handle(frames_[which]));
    const std::uint8_t* const before = goes_on_ ? kept_bytes_ + which * height_ * width_ : nullptr;
    if (render::mark_values({taken_[which], before, height_, width_}, bytes(seen_), changed_.data())) {
      learn(taken_[which]);
    }
  }

  // Looks the colours of a frame up in the picture that the emulator makes of it.
  void learn(const std::uint8_t* frame) {
    const py::object picture = call_fast(get_colours_);
    Shape shape = {static_cast<py::ssize_t>(height_), static_cast<py::ssize_t>(width_)};
    if (channels_ == 3) shape.push_back(3);
    const std::uint8_t* const colours = frame_bytes(picture, shape, "the picture of the emulator");
    for (std::size_t i = 0; i < height_ * width_; ++i) {
      std::copy_n(colours + i * channels_, channels_, bytes(palette_) + frame[i] * channels_);
    }
  }

  const py::object get_screen_;
  const py::object get_colours_;
  const py::object shrink_object_;
  const py::list frames_;
  const py::array kept_;
  const py::array seen_;
  const py::array palette_;
  const py::array ring_;
  const render::AreaShrink* const shrink_;
  std::size_t height_ = 0;
  std::size_t width_ = 0;
  std::size_t channels_ = 1;
  std::size_t places_ = 0;
  std::size_t picture_size_ = 0;
  std::vector<std::uint8_t*> taken_;
  std::uint8_t* kept_bytes_ = nullptr;
  std::uint8_t* ring_bytes_ = nullptr;
  std::size_t newest_ = 0;
  bool is_whole_ = false;              // the last frame of the step was taken
  bool has_before_ = false;            // the one before was
  bool is_first_ = false;              // the step is the first of its episode
  bool goes_on_ = false;               // the newest picture is that of the frames that are kept
  std::vector<std::uint8_t> changed_;  // the rows where a frame that was taken is not as the one that is kept
};

// The loop over the frames of a step.
class FramePlayer {
 public:
  FramePlayer(py::object act, py::object game_over, py::object lives, const py::object& frames)
      : act_(std::move(act)),
        game_over_(std::move(game_over)),
        lives_(std::move(lives)),
        frames_object_(frames),
        frames_(frames.is_none() ? nullptr : frames.cast<LaneFrames*>()) {}

  py::tuple play(const py::object& action, const py::object& hold, const py::object& strength, int count,
                 int most, int lives, bool stops_at_lost_life) {
    long reward = 0;
    int played = 0;
    bool is_over = false;
    for (int left = count; left > 0; --left) {
      const py::object button = hold.is_none() ? action : call_fast(hold, action);
      reward += number(call_fast(act_, button, strength));
      ++played;
      is_over = call_fast(game_over_, false_).ptr() == Py_True;
      if (is_over || played >= most || (stops_at_lost_life && is_lost(number(call_fast(lives_)), lives)))
        break;
      if (frames_ == nullptr) continue;
      if (left == 1) {
        frames_->take_last();
      } else if (left == 2) {
        frames_->take_before();
      }
    }
    const bool lost = is_lost(number(call_fast(lives_)), lives);
    const bool is_added = frames_ != nullptr && frames_->add();
    return py::make_tuple(reward, played, is_over, lost, is_added);
  }

 private:
  static long number(const py::object& object) {
    const long value = PyLong_AsLong(object.ptr());
    if (value == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
    return value;
  }

  static bool is_lost(long now, long before) { return 0 < now && now < before; }

  const py::object act_;
  const py::object game_over_;
  const py::object lives_;
  const py::object frames_object_;
  LaneFrames* const frames_;
  const py::bool_ false_{false};
};

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
    flags_ = check_output(flags, bool_dtype(), {flags.ndim() == 2 ? flags.shape(0) : 0, lanes}, "flags");
    counts_ = check_output(counts, py::dtype::of<std::int32_t>(),
                           {counts.ndim() == 2 ? counts.shape(0) : 0, lanes}, "counts");
    picture_size_ = lanes_ == 0 ? 0 : static_cast<std::size_t>(rings.size()) / lanes_ / places;
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
    const auto flags = static_cast<std::size_t>(flags_.shape(0));
    const auto counts = static_cast<std::size_t>(counts_.shape(0));
    py::tuple results(2 + flags + counts);
    results[0] = observations();
    results[1] = row(rewards_, 0);
    for (std::size_t i = 0; i < flags; ++i) results[2 + i] = row(flags_, i);
    for (std::size_t i = 0; i < counts; ++i) results[2 + flags + i] = row(counts_, i);
    return results;
  }

 private:
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

}  // namespace

void register_lane_frames(py::module_& module) {
  py::class_<LaneFrames>(module, "LaneFrames",
                         "The last frames of the steps of an Atari lane, and the ring of its pictures.")
      .def(py::init<py::object, py::object, const py::object&, py::list, py::array, py::array, py::array,
                    py::array>(),
           py::arg("get_screen"), py::arg("get_colours"), py::arg("shrink"), py::arg("frames"),
           py::arg("kept"), py::arg("seen"), py::arg("palette"), py::arg("ring"),
           "get_screen writes a frame into an array, get_colours returns its picture. frames, one array or "
           "two, "
           "are where frames are taken, the last one first; kept, (n, height, width), has those of the step "
           "before. seen, (256,), has 1 for the values whose colours palette, (256,) or (256, 3), has. "
           "shrink, an "
           "AreaShrink or None, makes the pictures of ring, (stack, ...). All arrays are of uint8.")
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
  py::class_<FramePlayer>(module, "FramePlayer", "Plays the frames of the steps of an Atari lane.")
      .def(py::init<py::object, py::object, py::object, const py::object&>(), py::arg("act"),
           py::arg("game_over"), py::arg("lives"), py::arg("frames"),
           "act, game_over and lives are methods of its emulator; frames, LaneFrames or None, takes the last "
           "two.")
      .def("play", &FramePlayer::play, py::arg("action"), py::arg("hold"), py::arg("strength"),
           py::arg("count"), py::arg("most"), py::arg("lives"), py::arg("stops_at_lost_life"),
           "Plays count frames, or fewer: until the game is over, most are played, or fewer lives are left, "
           "but "
           "some. hold, or None, makes of the action that of each frame. Returns the reward, the frames that "
           "were "
           "played, whether the game is over and a life was lost, and what frames.add returned, or False.");
  py::class_<LaneResults>(module, "LaneResults", "What the lanes of an Atari batch show and count.")
      .def(py::init<const py::array&, std::size_t, const py::array&, const py::array&, const py::array&,
                    const py::array&>(),
           py::arg("rings"), py::arg("places"), py::arg("newest"), py::arg("rewards"), py::arg("flags"),
           py::arg("counts"),
           "rings, uint8 (lanes, ...), has places pictures for each lane, of which that at newest, int32 "
           "(lanes,), is "
           "the newest and the next one the oldest. rewards are float64 (lanes,), flags bool (n, lanes), "
           "counts int32 (m, lanes).")
      .def("observations", &LaneResults::observations,
           "A copy of the rings, the newest picture of each last.")
      .def("take", &LaneResults::take,
           "Copies of the observations, the rewards, each of the flags and each of the counts.");
}

}  // namespace plyo::bindings
