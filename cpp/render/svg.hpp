// Display lists as SVG text, for pages and notebooks.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace plyo::render {

// A display list as one self-contained <svg> element: no identifiers, scripts, styles or references
// outside it. `width` is its width on the page in CSS pixels, 0 the surface's own; `title` (any text) is for
// screen readers and tooltips. Throws std::invalid_argument if the list is malformed.
std::string to_svg(std::span<const std::uint8_t> display_list, int width = 0, std::string_view title = {});

// An RGB image as a PNG file, not compressed.
std::string to_png(const std::uint8_t* pixels, int columns, int rows);

}  // namespace plyo::render
