// Shrinking pictures, those of Atari above all: look-up, maximum and average over areas in one pass.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../engine/float_mode.hpp"
#include "../engine/thread_pool.hpp"
#include "../render/area_shrink.hpp"
#include "arrays.hpp"
#include "gil.hpp"
#include "register.hpp"

namespace plyo::bindings {
namespace {

using render::AreaShrink;
using render::ShrinkSizes;
using MaybeArray = std::optional<py::array>;

constexpr std::size_t kMaxSide = 1U << 15;
// The lanes that are worth a thread: their pictures take less time than it takes to wake one.
constexpr std::size_t kThreadLanes = 8;

AreaShrink make_shrink(std::size_t height, std::size_t width, std::size_t out_height, std::size_t out_width,
                       std::size_t channels) {
  const auto check = [](const char* name, std::size_t size, std::size_t out_size) {
    if (size >= 1 && size <= kMaxSide && out_size >= 1 && out_size <= size) return;
    throw py::value_error(std::string(name) + " must be from 1 to " + std::to_string(kMaxSide) +
                          " and shrink, got " + std::to_string(size) + " to " + std::to_string(out_size));
  };
  check("the height", height, out_height);
  check("the width", width, out_width);
  if (channels != 1 && channels != 3) {
    throw py::value_error("channels must be 1 or 3, got " + std::to_string(channels));
  }
  return AreaShrink(ShrinkSizes{height, width, out_height, out_width, channels});
}

Shape shape_of(std::size_t height, std::size_t width, std::size_t channels) {
  Shape shape = {static_cast<py::ssize_t>(height), static_cast<py::ssize_t>(width)};
  if (channels > 1) shape.push_back(static_cast<py::ssize_t>(channels));
  return shape;
}

const std::uint8_t* bytes_of(const py::array& array, const Shape& shape, const char* name) {
  const Shape actual(array.shape(), array.shape() + array.ndim());
  if (!py::array_t<std::uint8_t, py::array::c_style>::check_(array) || actual != shape) {
    throw py::value_error(std::string(name) + " must be a C-contiguous numpy array of uint8 and shape " +
                          shape_text(shape) + ", got " + std::string(py::str(array.dtype())) + " " +
                          shape_text(actual));
  }
  return static_cast<const std::uint8_t*>(array.data());
}

std::uint8_t* output_of(const py::object& array, const Shape& shape, const char* name) {
  return static_cast<std::uint8_t*>(data_of(check_output(array, py::dtype::of<std::uint8_t>(), shape, name)));
}

// The rows that differ from those that `old` was made of; where they do not, it is copied.
render::ShrunkBefore before_of(const ShrinkSizes& sizes, const MaybeArray& changed, const MaybeArray& old,
                               const Shape& shape) {
  if (changed.has_value() != old.has_value()) {
    throw py::value_error("changed and old belong together: give both or none");
  }
  if (!old) return {};
  return {bytes_of(*changed, {static_cast<py::ssize_t>(sizes.height)}, "changed"),
          bytes_of(*old, shape, "old")};
}

void shrink(const AreaShrink& self, const py::array& picture, const py::object& out, const MaybeArray& other,
            const MaybeArray& palette, const MaybeArray& changed, const MaybeArray& old) {
  const ShrinkSizes& sizes = self.sizes();
  const Shape shape = shape_of(sizes.height, sizes.width, palette ? 1 : sizes.channels);
  const Shape out_shape = shape_of(sizes.out_height, sizes.out_width, sizes.channels);
  render::ShrinkSource source;
  source.picture = bytes_of(picture, shape, "picture");
  if (other) source.other = bytes_of(*other, shape, "other");
  if (palette) {
    const Shape colours = sizes.channels == 1 ? Shape{256} : Shape{256, 3};
    source.palette = bytes_of(*palette, colours, "palette");
  }
  const render::ShrunkBefore before = before_of(sizes, changed, old, out_shape);
  const py::array to = check_output(out, py::dtype::of<std::uint8_t>(), out_shape, "out");
  const std::pair<const char*, py::array> target = {"out", to};
  check_disjoint({target, {"picture", picture}});
  if (other) check_disjoint({target, {"other", *other}});
  if (palette) check_disjoint({target, {"palette", *palette}});
  auto* const bytes = static_cast<std::uint8_t*>(data_of(to));
  if (old) {
    check_disjoint({target, {"changed", *changed}});
    // a stack of one picture is shrunk in its place
    if (before.out != bytes) check_disjoint({target, {"old", *old}});
  }
  const GilRelease released;
  const DefaultFloatMode mode;
  self.shrink(source, bytes, before);
}

py::array shrink_stacks(const AreaShrink& self, const py::array& pictures, const py::object& rings,
                        std::size_t newest, const MaybeArray& before, int num_threads) {
  const ShrinkSizes& sizes = self.sizes();
  if (!py::isinstance<py::array>(rings) || rings.cast<py::array>().ndim() < 2) {
    throw py::value_error("rings must be an array with an axis of lanes and one of pictures");
  }
  const auto given = rings.cast<py::array>();
  const py::ssize_t lanes = given.shape(0);
  const py::ssize_t size = given.shape(1);
  if (newest >= static_cast<std::size_t>(size)) {
    throw py::value_error("newest must be below " + std::to_string(size) + ", the pictures of a stack, got " +
                          std::to_string(newest));
  }
  if (num_threads < 1) {
    throw py::value_error("num_threads must be at least 1, got " + std::to_string(num_threads));
  }
  Shape shape = shape_of(sizes.height, sizes.width, sizes.channels);
  shape.insert(shape.begin(), lanes);
  Shape ring_shape = shape_of(sizes.out_height, sizes.out_width, sizes.channels);
  ring_shape.insert(ring_shape.begin(), {lanes, size});
  render::ShrinkStacks stacks;
  stacks.pictures = bytes_of(pictures, shape, "pictures");
  if (before) stacks.before = bytes_of(*before, shape, "before");
  stacks.rings = output_of(rings, ring_shape, "rings");
  check_disjoint({{"rings", given}, {"pictures", pictures}});
  if (before) check_disjoint({{"rings", given}, {"before", *before}});
  py::array_t<std::uint8_t> out(ring_shape);
  stacks.stacks = out.mutable_data();
  stacks.size = static_cast<std::size_t>(size);
  stacks.newest = newest;
  const auto count = static_cast<std::size_t>(lanes);
  const auto most = static_cast<int>(
      std::clamp<std::size_t>((count + kThreadLanes - 1) / kThreadLanes, 1, ThreadPool::kMaxThreads));
  const auto work = [&](std::size_t lane) {
    const DefaultFloatMode mode;
    render::shrink_stack(self, stacks, lane);
  };
  const GilRelease released;
  ThreadPool::shared().run(count, std::min(num_threads, most), work);
  return out;
}

}  // namespace

void register_shrink(py::module_& module) {
  py::class_<AreaShrink>(module, "AreaShrink",
                         "Shrinks uint8 pictures by averaging areas, with the bits of OpenCV's INTER_AREA.")
      .def(py::init(&make_shrink), py::arg("height"), py::arg("width"), py::arg("out_height"),
           py::arg("out_width"), py::arg("channels") = 1)
      .def("shrink", &shrink, py::arg("picture"), py::arg("out"), py::arg("other") = py::none(),
           py::arg("palette") = py::none(), py::arg("changed") = py::none(), py::arg("old") = py::none(),
           "Shrinks a picture, or the maximum of two, into an array. With a palette (256,) or (256, 3) the "
           "pictures hold its indices. old is what the pictures before were shrunk to, and may be out; it is "
           "copied where changed, uint8 (height,), says by 0 that rows are as they were.")
      .def("shrink_stacks", &shrink_stacks, py::arg("pictures"), py::arg("rings"), py::arg("newest"),
           py::arg("before") = py::none(), py::arg("num_threads") = 1,
           "Shrinks the picture of each lane, (lanes, ...), into place newest of its ring, "
           "(lanes, stack, ...), and returns the rings as stacks, the newest picture last. before are the "
           "pictures that were shrunk into the place before.");
}

}  // namespace plyo::bindings
