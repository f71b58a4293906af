#include "render/svg_writer.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>

namespace plyo::render {

void SvgWriter::number(double value) {
  // counted in 1/10000
  const double limited = math::clip(value, -1e6, 1e6);
  auto count = static_cast<std::int64_t>(math::floor(limited * 1e4 + 0.5));
  if (count < 0) {
    raw("-");
    count = -count;
  }
  char digits[24];
  const char* end = std::to_chars(digits, digits + sizeof(digits), count / 10000).ptr;
  raw({digits, static_cast<std::size_t>(end - digits)});
  auto fraction = static_cast<int>(count % 10000);
  if (fraction == 0) return;
  raw(".");
  for (int unit = 1000; fraction != 0; unit /= 10) {
    text_ += static_cast<char>('0' + fraction / unit);
    fraction %= unit;
  }
}

void SvgWriter::numbers(std::initializer_list<double> values) {
  bool first = true;
  for (const double value : values) {
    if (!first) raw(" ");
    number(value);
    first = false;
  }
}

void SvgWriter::attribute(std::string_view name, double value) {
  raw(" ");
  raw(name);
  raw("=\"");
  number(value);
  raw("\"");
}

void SvgWriter::color(std::string_view name, Color value) {
  constexpr char kDigits[] = "0123456789abcdef";
  raw(" ");
  raw(name);
  raw("=\"#");
  for (const std::uint8_t level : {value.red, value.green, value.blue}) {
    text_ += kDigits[level >> 4];
    text_ += kDigits[level & 15];
  }
  raw("\"");
}

void SvgWriter::opacity(int alpha) {
  if (alpha < 255) attribute("opacity", alpha / 255.0);
}

void SvgWriter::matrix(const Affine& map) {
  raw(" transform=\"matrix(");
  numbers({map.xx, map.yx, map.xy, map.yy, map.x0, map.y0});
  raw(")\"");
}

void SvgWriter::path(const Point* points, int n, double shift, bool closed) {
  raw(" d=\"");
  for (int i = 0; i < n; ++i) {
    raw(i == 0 ? "M" : i == 1 ? "L" : " ");
    numbers({points[i].x + shift, points[i].y + shift});
  }
  raw(closed ? "Z\"" : "\"");
}

void SvgWriter::stroke(double width, Color value) {
  raw(" fill=\"none\"");
  color("stroke", value);
  if (width > 1) attribute("stroke-width", width);
}

void SvgWriter::base64(std::string_view bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (i + k < bytes.size() ? static_cast<std::uint8_t>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text_ += i + k > bytes.size() ? '=' : kDigits[(bits >> (18 - 6 * k)) & 63];
    }
  }
}

void SvgWriter::escaped(std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        raw("&amp;");
        break;
      case '<':
        raw("&lt;");
        break;
      case '>':
        raw("&gt;");
        break;
      case '"':
        raw("&quot;");
        break;
      default:
        text_ += static_cast<unsigned char>(c) < 32 ? ' ' : c;
    }
  }
}

}  // namespace plyo::render
