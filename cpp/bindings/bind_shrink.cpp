// Shrinking pictures, those of Atari above all: look-up, maximum and average over areas in one pass.
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../engine/float_mode.hpp"
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

void shrink(const AreaShrink& self, const py::array& picture, const py::object& out, const MaybeArray& other,
            const MaybeArray& palette) {
  const ShrinkSizes& sizes = self.sizes();
  const Shape shape = shape_of(sizes.height, sizes.width, palette ? 1 : sizes.channels);
  render::ShrinkSource source;
  source.picture = bytes_of(picture, shape, "picture");
  if (other) source.other = bytes_of(*other, shape, "other");
  if (palette) {
    const Shape colours = sizes.channels == 1 ? Shape{256} : Shape{256, 3};
    source.palette = bytes_of(*palette, colours, "palette");
  }
  const py::array to = check_output(out, py::dtype::of<std::uint8_t>(),
                                    shape_of(sizes.out_height, sizes.out_width, sizes.channels), "out");
  const std::pair<const char*, py::array> target = {"out", to};
  check_disjoint({target, {"picture", picture}});
  if (other) check_disjoint({target, {"other", *other}});
  if (palette) check_disjoint({target, {"palette", *palette}});
  auto* const bytes = static_cast<std::uint8_t*>(data_of(to));
  const GilRelease released;
  const DefaultFloatMode mode;
  self.shrink(source, bytes);
}

// Keeps the GIL: the marks may be shared by threads.
bool mark_values(const py::array& picture, const py::object& marks) {
  if (picture.ndim() != 2) {
    throw py::value_error("picture must have two dimensions, got " + std::to_string(picture.ndim()));
  }
  const std::uint8_t* const bytes = bytes_of(picture, {picture.shape(0), picture.shape(1)}, "picture");
  const py::array table = check_output(marks, py::dtype::of<std::uint8_t>(), {256}, "marks");
  return render::mark_values(bytes, static_cast<std::size_t>(picture.shape(0)),
                             static_cast<std::size_t>(picture.shape(1)),
                             static_cast<std::uint8_t*>(data_of(table)));
}

}  // namespace

void register_shrink(py::module_& module) {
  py::class_<AreaShrink>(module, "AreaShrink",
                         "Shrinks uint8 pictures by averaging areas, with the bits of OpenCV's INTER_AREA.")
      .def(py::init(&make_shrink), py::arg("height"), py::arg("width"), py::arg("out_height"),
           py::arg("out_width"), py::arg("channels") = 1)
      .def("shrink", &shrink, py::arg("picture"), py::arg("out"), py::arg("other") = py::none(),
           py::arg("palette") = py::none(),
           "Shrinks a picture, or the maximum of two, into an array. With a palette (256,) or (256, 3) the "
           "pictures hold its indices.");
  module.def("mark_values", &mark_values, py::arg("picture"), py::arg("marks"),
             "Sets the elements of marks, uint8 (256,), to 1 for the values of a picture of two dimensions; "
             "whether one was 0.");
}

}  // namespace plyo::bindings
