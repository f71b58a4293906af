// PyEngine: pictures of lanes, drawn into fresh arrays or the caller's.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "../engine/errors.hpp"
#include "../render/frame.hpp"
#include "../render/svg.hpp"
#include "gil.hpp"
#include "pictures.hpp"
#include "py_engine.hpp"

namespace plyo::bindings {
namespace {

[[noreturn]] void refuse_size(const py::handle& size, bool is_type) {
  const std::string message = text("size must be (height, width) in pixels, two integers from 1 to ",
                                   FrameStack::kMaxSide, ", got ", std::string(py::repr(size)));
  if (is_type) throw py::type_error(message);
  throw py::value_error(message);
}

int to_side(const py::handle& side, const py::handle& size) {
  if (PyIndex_Check(side.ptr()) == 0 || PyBool_Check(side.ptr()) != 0) refuse_size(size, true);
  const Py_ssize_t value = PyNumber_AsSsize_t(side.ptr(), nullptr);  // clips large values
  if (value == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
  if (value < 1 || value > FrameStack::kMaxSide) refuse_size(size, false);
  return static_cast<int>(value);
}

// An array for pictures, with any strides.
py::array check_canvas(const py::handle& given, const Shape& shape) {
  const std::string expected = "out must be a writable numpy array of uint8 and shape " + shape_text(shape);
  if (!py::isinstance<py::array>(given)) {
    throw py::type_error(expected + ", got " + std::string(py::str(py::type::handle_of(given))));
  }
  auto array = py::reinterpret_borrow<py::array>(given);
  if (!array.dtype().equal(dtype_of(DType::kUint8))) {
    throw py::type_error(expected + ", got dtype " + std::string(py::str(array.dtype())));
  }
  const Shape actual(array.shape(), array.shape() + array.ndim());
  if (actual != shape) throw py::value_error(expected + ", got shape " + shape_text(actual));
  if (!array.writeable()) throw py::value_error(expected + ", got a read-only one");
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] > 1 && array.strides(static_cast<py::ssize_t>(i)) == 0) {
      throw py::value_error(expected + ", got one whose elements share memory");
    }
  }
  return array;
}

// The last three dimensions of an array as a frame that begins at `pixels`.
render::Frame frame_of(const py::array& array, std::uint8_t* pixels) {
  const py::ssize_t rows = array.ndim() - 3;
  return {pixels,
          static_cast<int>(array.shape(rows + 1)),
          static_cast<int>(array.shape(rows)),
          array.strides(rows),
          array.strides(rows + 1),
          array.strides(rows + 2),
          3};
}

// Releasing the GIL costs more than a small picture.
constexpr double kWorthReleasing = 10000;  // ns

}  // namespace

render::Style to_style(const std::string& name) {
  if (name == "gym") return render::Style::kGym;
  if (name == "smooth") return render::Style::kSmooth;
  throw py::value_error("render_style must be 'gym' or 'smooth', got '" + name + "'");
}

render::Size to_size(const py::handle& size) {
  if (!(py::isinstance<py::tuple>(size) || py::isinstance<py::list>(size)) || py::len(size) != 2) {
    refuse_size(size, true);
  }
  const auto sides = py::reinterpret_borrow<py::sequence>(size);
  const int height = to_side(py::object(sides[0]), size);
  return {to_side(py::object(sides[1]), size), height};
}

PixelConfig to_pixel_config(const py::dict& values) {
  return {.size = to_size(py::object(values["size"])),
          .gray = py::cast<bool>(values["gray"]),
          .stack = py::cast<int>(values["stack"]),
          .channels_first = py::cast<std::string>(values["channels"]) == "first",
          .style = to_style(py::cast<std::string>(values["style"]))};
}

void PyEngine::check_pictures() const {
  if (engine_.has_pictures()) return;
  throw py::attribute_error(text(engine_.config().task->name, " has no pictures to render"));
}

py::tuple PyEngine::picture_size() const {
  check_pictures();
  const render::Size size = engine_.picture_size();
  return py::make_tuple(size.height, size.width);
}

py::bytes PyEngine::display_list(std::size_t lane, const std::string& style) const {
  check_pictures();
  check_lane(lane);
  const std::vector<std::byte> list = engine_.display_list(lane, to_style(style));
  return py::bytes(reinterpret_cast<const char*>(list.data()), list.size());
}

py::str PyEngine::svg(std::size_t lane, const std::string& style, int width, const std::string& title) const {
  check_pictures();
  check_lane(lane);
  const std::vector<std::byte> list = engine_.display_list(lane, to_style(style));
  return py::str(
      render::to_svg({reinterpret_cast<const std::uint8_t*>(list.data()), list.size()}, width, title));
}

// Pictures of the lanes in an array of shape (*lead, height, width, 3).
py::array PyEngine::draw(std::span<const std::size_t> lanes, const Shape& lead, const py::object& size,
                         const std::string& style, const py::object& out) {
  check_pictures();
  for (const std::size_t lane : lanes) check_lane(lane);
  const render::Style chosen = to_style(style);
  render::Size each = size.is_none() ? engine_.picture_size() : to_size(size);
  if (size.is_none() && py::isinstance<py::array>(out)) {
    // as large as the array has room for
    const auto given = py::reinterpret_borrow<py::array>(out);
    const auto rank = static_cast<py::ssize_t>(lead.size());
    if (given.ndim() == rank + 3) {
      each = to_size(py::make_tuple(given.shape(rank), given.shape(rank + 1)));
    }
  }
  Shape shape = lead;
  shape.insert(shape.end(), {each.height, each.width, 3});
  const py::array pictures =
      out.is_none() ? make_array(*pool_, dtype_of(DType::kUint8), shape) : check_canvas(out, shape);
  const render::Frame first = frame_of(pictures, static_cast<std::uint8_t*>(data_of(pictures)));
  const py::ssize_t stride = lead.empty() ? 0 : pictures.strides(0);
  const auto frame = [&](std::size_t i) {
    render::Frame place = first;
    place.pixels += static_cast<py::ssize_t>(i) * stride;
    return place;
  };
  std::optional<GilRelease> release;
  if (nanoseconds_to_draw(each) * static_cast<double>(lanes.size()) > kWorthReleasing) release.emplace();
  engine_.draw(lanes, chosen, frame);
  return pictures;
}

py::array PyEngine::render(const std::vector<std::size_t>& lanes, const py::object& size,
                           const std::string& style, const py::object& out) {
  return draw(lanes, {static_cast<py::ssize_t>(lanes.size())}, size, style, out);
}

py::array PyEngine::render_one(std::size_t lane, const py::object& size, const std::string& style,
                               const py::object& out) {
  return draw({&lane, 1}, {}, size, style, out);
}

py::array PyEngine::render_grid(const std::vector<std::size_t>& lanes, std::size_t columns,
                                const py::object& size, std::size_t gap, const std::string& style) {
  check_pictures();
  for (const std::size_t lane : lanes) check_lane(lane);
  const render::Style chosen = to_style(style);
  const render::Size each = size.is_none() ? engine_.picture_size() : to_size(size);
  const std::size_t rows = (lanes.size() + columns - 1) / columns;
  const std::size_t across = static_cast<std::size_t>(each.width) + gap;
  const std::size_t down = static_cast<std::size_t>(each.height) + gap;
  const Shape shape{static_cast<py::ssize_t>(rows * down - gap),
                    static_cast<py::ssize_t>(columns * across - gap), 3};
  const py::array whole = make_array(*pool_, dtype_of(DType::kUint8), shape);
  auto* const pixels = static_cast<std::uint8_t*>(data_of(whole));
  constexpr int kGround = 128;
  const GilRelease release;
  std::memset(pixels, kGround, static_cast<std::size_t>(whole.nbytes()));
  engine_.draw(lanes, chosen, [&](std::size_t i) {
    render::Frame place = render::interleaved_frame(pixels, each.width, each.height);
    place.row_stride = 3 * shape[1];
    place.pixels += 3 * (static_cast<py::ssize_t>(i / columns * down) * shape[1] +
                         static_cast<py::ssize_t>(i % columns * across));
    return place;
  });
  return whole;
}

}  // namespace plyo::bindings
