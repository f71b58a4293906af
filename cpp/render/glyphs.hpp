// Plyo's own two cell fonts.
#pragma once

#include "render/canvas.hpp"

namespace plyo::render {

// The characters of a text beyond this many are left out.
inline constexpr std::size_t kMaxText = 1024;
// Images have at most this many columns and rows; larger ones are not drawn.
inline constexpr int kMaxImage = 8192;

constexpr int glyph_columns(Font font) { return font == Font::k3x5 ? 3 : 5; }
constexpr int glyph_rows(Font font) { return font == Font::k3x5 ? 5 : 7; }

// Whether a cell of a character's glyph has ink.
bool glyph_ink(Font font, char letter, int column, int row);

}  // namespace plyo::render
