// The frames of a lane of an Atari batch: taken of its emulator, and made into pictures.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "../engine/float_mode.hpp"
#include "../render/area_shrink.hpp"
#include "../render/changed_rows.hpp"
#include "arrays.hpp"

namespace plyo::bindings {

// Calls a function of Python without making a tuple of its arguments.
template <class... Arguments>
py::object call_fast(const py::object& function, const Arguments&... arguments) {
  PyObject* const all[] = {nullptr, arguments.ptr()...};
  auto* const result = PyObject_Vectorcall(function.ptr(), all + 1,
                                           sizeof...(arguments) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
  if (result == nullptr) throw py::error_already_set();
  return py::reinterpret_steal<py::object>(result);
}

inline std::uint8_t* frame_bytes(const py::handle& array, const Shape& shape, const char* name) {
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

}  // namespace plyo::bindings
